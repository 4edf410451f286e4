"""`seqaug check`: what is wrong with a data set."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING

from seqaug.cli.options import Commands, add_labels, add_workers, console, engine_of, label_spec_of

if TYPE_CHECKING:
    from seqaug.checking.report import Report

_SHOWN = 5

_EXAMPLES = """examples:
  seqaug check images masks --palette camvid
  seqaug check data/train/images data/train/masks --palette data/palette.csv --ignore Void \\
      --val-images data/val/images --val-masks data/val/masks
  seqaug check images masks --num-classes 20 --ignore-index 255 --json

Exit status: 0 nothing found, 1 findings, 2 wrong use."""


def add_check(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "check",
        help="find what is wrong with image/mask pairs",
        description="Read every image and mask once and report what is wrong, with what to do about it.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("images", metavar="IMAGES", help="the directory of the images, or its URL")
    parser.add_argument("masks", metavar="MASKS", help="the directory of the masks, of the same names, or its URL")
    add_labels(parser)
    parser.add_argument("--val-images", metavar="DIR", help="images of the validation set, to look for leakage")
    parser.add_argument("--val-masks", metavar="DIR", help="their masks")
    add_workers(parser)
    parser.add_argument("--all", action="store_true", help=f"name all files, and not the first {_SHOWN} of a kind")
    parser.add_argument("--json", action="store_true", help="print everything as JSON")
    parser.set_defaults(run=_run, parser=parser)


def _run(chosen: argparse.Namespace) -> int:
    from seqaug.checking.dataset import Split, check_dataset

    splits = [Split("training", chosen.images, chosen.masks)]
    if (chosen.val_images is None) != (chosen.val_masks is None):
        raise ValueError("expected both --val-images and --val-masks, or neither")
    if chosen.val_images is not None:
        splits.append(Split("validation", chosen.val_images, chosen.val_masks))
    labels = label_spec_of(chosen)
    with engine_of(chosen) as engine:
        report = check_dataset(splits, labels, engine)
    if chosen.json:
        print(json.dumps(report.to_json(), indent=1))
    else:
        _print(report, None if chosen.all else _SHOWN)
        if labels.num_classes is None:
            print("Which labels masks may hold was not checked: say so with --palette or --num-classes.")
    return 1 if report.findings else 0


def _print(report: Report, shown: int | None) -> None:
    from rich.text import Text

    from seqaug.checking.issue_types import KINDS

    printer = console()
    for name, findings, cures in report.by_kind():
        printer.print(Text(f"{KINDS[name].title}: {len(findings)}", style="bold red"))
        for finding in findings[:shown]:
            printer.print(Text(f"  {', '.join(finding.paths)}: {KINDS[name].told(finding.details)}"))
        if shown is not None and len(findings) > shown:
            printer.print(Text(f"  and {len(findings) - shown} more (--all names them)"))
        for cure in cures:
            printer.print(Text(f"  -> {cure}", style="green"))
        printer.print()
    count = len(report.findings)
    found = f"{count} finding{'s' * (count > 1)}" if count else "nothing wrong found"
    printer.print(Text(f"{report.pairs:,} pairs checked: {found}", style="bold"))
