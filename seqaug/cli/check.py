"""`seqaug check`: finds the issues of a data set."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING

from seqaug.cli.data import add_config, add_data, data_from, sequence_from
from seqaug.cli.options import Commands, add_workers, engine_from
from seqaug.cli.output import new_console

if TYPE_CHECKING:
    from seqaug.checking.report import Report
    from seqaug.engines.base import Engine
    from seqaug.palette.label_spec import LabelSpec

_EXAMPLES = """examples:
  seqaug check images masks --palette camvid
  seqaug check data/train/images data/train/masks --palette data/palette.csv --ignore Void \\
      --val-images data/val/images --val-masks data/val/masks
  seqaug check images masks --num-classes 20 --ignore-index 255 --json
  seqaug check images masks --num-classes 3 --additional depth=depth --additional-targets depth=value
  seqaug check images --class-masks organ=organ lesion=lesion --mask-encoding multi_label
  seqaug check --config train.json --val-config val.json

Exit status: 0 no issues, 1 issues found, 2 wrong use."""


def add_check(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "check",
        help="find issues of images, masks and further files",
        description="Read every file once, and report issues, with hints on how to fix them.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_data(parser)
    parser.add_argument("--val-images", metavar="DIR", help="images of the validation set, to find leakage")
    parser.add_argument("--val-masks", metavar="DIR", help="masks of the validation set")
    add_config(parser, "--val-config")
    add_workers(parser)
    parser.add_argument("--all", action="store_true", help="list all files, not just the first 5 of a type")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(run=_run, parser=parser)


def _run(args: argparse.Namespace) -> int:
    with engine_from(args) as engine:
        report, labels, has_masks = _of_directories(args, engine) if args.config is None else _of_configs(args, engine)
    if args.json:
        print(json.dumps(report.to_json(), indent=1))
    else:
        _print(report, all_issues=args.all)
        if not has_masks:
            print("No masks were checked: there are images alone.")
        elif labels.num_classes is None:
            print("The labels of the masks were not checked: pass --palette or --num-classes.")
    return 1 if report.issues else 0


def _of_directories(args: argparse.Namespace, engine: Engine) -> tuple[Report, LabelSpec, bool]:
    from seqaug.checking.directories import Directories, check_directories

    data = data_from(args)
    if args.val_config is not None:
        raise ValueError("--val-config without --config; expected both, or --val-images and --val-masks")
    parts = [Directories("training", data.images or "", data.masks, data.additional)]
    # Of masks by class there is one set of options; leakage shows in images alone.
    has_one_folder = isinstance(data.masks, str)
    if has_one_folder and (args.val_images is None) != (args.val_masks is None):
        raise ValueError("expected both --val-images and --val-masks, or neither")
    if not has_one_folder and args.val_masks is not None:
        raise ValueError("--val-masks without MASKS, which training has none of; expected --val-images alone")
    if args.val_images is not None:
        parts.append(Directories("validation", args.val_images, args.val_masks, {}))
    report = check_directories(
        parts, data.labels, engine, color_mode=args.color_mode, additional_targets=data.additional_targets
    )
    return report, data.labels, data.masks is not None


def _of_configs(args: argparse.Namespace, engine: Engine) -> tuple[Report, LabelSpec, bool]:
    from seqaug.checking.dataset import check_samples

    # Nothing is made of the samples, and what counts classes at construction would stop at the first broken mask.
    unused = ("prepare", "transform", "tiles", "oversample", "class_weights", "cache", "cache_limit", "statistics_dir")
    files = {"training": args.config, "validation": args.val_config}
    sequences = {
        name: sequence_from(args, file, **dict.fromkeys(unused)) for name, file in files.items() if file is not None
    }
    report = check_samples([sequence._part(name) for name, sequence in sequences.items()], engine)
    training = sequences["training"]
    return report, training._labels, training._has_masks


def _print(report: Report, *, all_issues: bool) -> None:
    from rich.text import Text

    from seqaug.checking.report import MAX_SHOWN

    styles = {"title": "bold red", "hint": "green"}
    printer = new_console()
    *lines, (summary, _) = report.lines(None if all_issues else MAX_SHOWN)
    for text, kind in lines:
        printer.print(Text(f"{text} (--all lists them)" if kind == "more" else text, style=styles.get(kind, "")))
    printer.print(Text(summary, style="bold"))
