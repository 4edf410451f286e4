"""`seqaug palette`: find, show and apply the colours of masks."""

from __future__ import annotations

import argparse
import json
import os
import sys
from typing import TYPE_CHECKING

from seqaug.cli.options import (
    Commands,
    add_ignore,
    add_palette_option,
    add_workers,
    engine_from,
    local_path,
    palette_from,
)
from seqaug.cli.output import failure_text, new_console, new_table

if TYPE_CHECKING:
    from seqaug.palette.palette import Palette

_INFER_EXAMPLES = """examples:
  seqaug palette infer data/train/masks
  seqaug palette infer data/train/masks -o palette.csv

Rename the classes in the CSV file, and sort its lines by the ids that you want."""

_SHOW_EXAMPLES = """examples:
  seqaug palette show camvid
  seqaug palette show palette.csv --ignore Void -o palette.png"""

_CONVERT_EXAMPLES = """examples:
  seqaug palette convert masks ids --palette camvid
  seqaug palette convert ids masks --palette palette.csv --ignore Void --to colors

All ignored colours become one id, the ignore index (255); converted back, it is the first ignored colour.
Exit status: 0 fine, 1 some masks could not be converted, 2 wrong use."""


def add_palette(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "palette",
        help="find, show and apply the colours of masks",
        description="Find the colours of masks, show a palette, or convert masks between colours and ids.",
        epilog="examples: seqaug palette infer masks; seqaug palette show camvid; "
        "seqaug palette convert masks ids --palette camvid",
    )
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    _add_infer(actions)
    _add_show(actions)
    _add_convert(actions)


def _add_infer(actions: Commands) -> None:
    action = _action(actions, "infer", "list the colours that occur in a directory of masks, as CSV", _INFER_EXAMPLES)
    action.add_argument("masks", metavar="DIR", help="directory of the masks, or its URL")
    action.add_argument("-o", "--output", metavar="FILE", type=local_path, help="CSV file to write (default: print)")
    action.add_argument(
        "--max-colors",
        type=int,
        default=256,
        metavar="N",
        help="refuse more colours (default: 256)",
    )
    action.add_argument("--force", action="store_true", help="overwrite an existing file")
    action.set_defaults(run=_infer, parser=action)


def _add_show(actions: Commands) -> None:
    action = _action(actions, "show", "print a palette, or draw it", _SHOW_EXAMPLES)
    action.add_argument("palette", metavar="P", help="built-in name, CSV file, or indexed PNG")
    add_ignore(action)
    action.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        type=local_path,
        help="picture to draw: .png, .jpg, .webp, .pdf or .svg (needs seqaug[plot])",
    )
    action.set_defaults(run=_show, parser=action)


def _add_convert(actions: Commands) -> None:
    action = _action(
        actions, "convert", "convert masks of colours to PNGs of class ids, or back, losslessly", _CONVERT_EXAMPLES
    )
    action.add_argument("masks", metavar="MASKS", help="directory of the masks, or its URL")
    action.add_argument("out", metavar="OUT", type=local_path, help="output directory: the same tree, as PNG")
    add_palette_option(action, required=True)
    action.add_argument("--to", choices=("ids", "colors"), default="ids", help="default: ids")
    action.add_argument("--ignore-index", type=int, metavar="I", help="id of ignored colours (default: 255)")
    action.add_argument("--force", action="store_true", help="overwrite existing files")
    add_workers(action)
    action.set_defaults(run=_convert, parser=action)


def _action(actions: Commands, name: str, help_: str, examples: str) -> argparse.ArgumentParser:
    action = actions.add_parser(
        name,
        help=help_,
        description=f"{help_[0].upper()}{help_[1:]}.",
        epilog=examples,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    action.add_argument("--json", action="store_true", help="print JSON")
    return action


def _infer(args: argparse.Namespace) -> int:
    from seqaug.palette.color_files import color_csv
    from seqaug.palette.drawing import entries_of
    from seqaug.palette.palette import Palette
    from seqaug.utils.validation import output_file, whole_number

    whole_number("--max-colors", args.max_colors, 1)
    if args.output is not None:
        output_file("--output", args.output, [".csv"])
        if os.path.lexists(args.output) and not args.force:
            raise ValueError(f"{args.output} already exists; expected another name, or --force to overwrite it")
    colors = {entry.name: entry.color for entry in entries_of(Palette.infer(args.masks, max_colors=args.max_colors))}
    if args.output is not None:
        with open(args.output, "w", encoding="utf-8", newline="") as file:
            file.write(color_csv(colors))
    if args.json:
        print(json.dumps(colors))
    elif args.output is not None:
        print(f"{len(colors)} colours written to {args.output}")
    else:
        print(color_csv(colors), end="")
    return 0


def _show(args: argparse.Namespace) -> int:
    from seqaug.palette.drawing import entries_of, save_palette
    from seqaug.utils.figures import picture_file

    if args.output is not None:
        picture_file("--output", args.output)
    palette = palette_from(args)
    assert palette is not None  # required here
    if args.output is not None:
        save_palette(palette, args.output)
    if args.json:
        print(json.dumps([entry._asdict() for entry in entries_of(palette)]))
    elif args.output is None:
        _print(palette)
    return 0


def _print(palette: Palette) -> None:
    from rich.style import Style
    from rich.text import Text

    from seqaug.palette.drawing import entries_of

    printer = new_console()
    table = new_table(["name", "id", "r", "g", "b", *[""] * printer.is_terminal])
    for number, name, (r, g, b) in entries_of(palette):
        swatch = [Text("      ", Style(bgcolor=f"#{r:02x}{g:02x}{b:02x}"))] * printer.is_terminal
        table.add_row(name, "ignored" if number is None else str(number), str(r), str(g), str(b), *swatch)
    printer.print(table)


def _convert(args: argparse.Namespace) -> int:
    import numpy as np

    from seqaug.jobs.convert_masks import MaskConverter, plan_conversions
    from seqaug.jobs.parallel_map import parallel_map
    from seqaug.utils.redaction import shown

    palette = palette_from(args)
    assert palette is not None  # required by argparse
    conversions = plan_conversions(args.masks, args.out, force=args.force)
    converter = MaskConverter(conversions, palette, args.to, args.ignore_index)
    failures = []
    with engine_from(args) as engine:
        for chunk in parallel_map(engine, converter, np.arange(len(conversions)), "Converting the masks"):
            failures += chunk.errors
    if args.json:
        failed = {error.index for error in failures}
        written = [
            {"source": shown(conversion.source), "target": conversion.target}
            for index, conversion in enumerate(conversions)
            if index not in failed
        ]
        errors = [{"source": error.where, "problem": error.reason} for error in failures]
        print(json.dumps({"written": written, "failed": errors}, indent=1))
    else:
        print(
            f"{len(conversions) - len(failures):,} of {len(conversions):,} masks converted and read back, in {args.out}"
        )
        for error in failures:
            print(f"not converted: {failure_text(error)}", file=sys.stderr)
    return 1 if failures else 0
