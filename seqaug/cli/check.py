"""`seqaug check`: finds the issues of a data set."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING

from seqaug.cli.options import Commands, add_labels, add_workers, engine_from, label_spec_from
from seqaug.cli.output import new_console

if TYPE_CHECKING:
    from seqaug.checking.report import Report

_MAX_SHOWN = 5

_EXAMPLES = """examples:
  seqaug check images masks --palette camvid
  seqaug check data/train/images data/train/masks --palette data/palette.csv --ignore Void \\
      --val-images data/val/images --val-masks data/val/masks
  seqaug check images masks --num-classes 20 --ignore-index 255 --json

Exit status: 0 no issues, 1 issues found, 2 wrong use."""


def add_check(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "check",
        help="find issues of image/mask pairs",
        description="Read every image and mask once, and report issues, with hints on how to fix them.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("images", metavar="IMAGES", help="directory of the images, or its URL")
    parser.add_argument("masks", metavar="MASKS", help="directory of the masks, with the same names, or its URL")
    add_labels(parser)
    parser.add_argument("--val-images", metavar="DIR", help="images of the validation set, to find leakage")
    parser.add_argument("--val-masks", metavar="DIR", help="masks of the validation set")
    add_workers(parser)
    parser.add_argument("--all", action="store_true", help=f"list all files, not just the first {_MAX_SHOWN} of a type")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(run=_run, parser=parser)


def _run(args: argparse.Namespace) -> int:
    from seqaug.checking.dataset import Split, check_dataset

    splits = [Split("training", args.images, args.masks)]
    if (args.val_images is None) != (args.val_masks is None):
        raise ValueError("expected both --val-images and --val-masks, or neither")
    if args.val_images is not None:
        splits.append(Split("validation", args.val_images, args.val_masks))
    labels = label_spec_from(args)
    with engine_from(args) as engine:
        report = check_dataset(splits, labels, engine)
    if args.json:
        print(json.dumps(report.to_json(), indent=1))
    else:
        _print(report, None if args.all else _MAX_SHOWN)
        if labels.num_classes is None:
            print("The labels of the masks were not checked: pass --palette or --num-classes.")
    return 1 if report.issues else 0


def _print(report: Report, shown: int | None) -> None:
    from rich.text import Text

    from seqaug.checking.issue_types import ISSUE_TYPES

    printer = new_console()
    for name, issues, hints in report.by_type():
        printer.print(Text(f"{ISSUE_TYPES[name].title}: {len(issues)}", style="bold red"))
        for issue in issues[:shown]:
            printer.print(Text(f"  {', '.join(issue.paths)}: {ISSUE_TYPES[name].describe(issue.details)}"))
        if shown is not None and len(issues) > shown:
            printer.print(Text(f"  and {len(issues) - shown} more (--all lists them)"))
        for hint in hints:
            printer.print(Text(f"  -> {hint}", style="green"))
        printer.print()
    count = len(report.issues)
    summary = f"{count} issue{'s' * (count > 1)}" if count else "no issues found"
    printer.print(Text(f"{report.pairs:,} pairs checked: {summary}", style="bold"))
