"""Options for the data: images, masks and palette."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from seqaug import Palette

_VOID_NAMES = {"void", "unlabeled"}


def add_data_options(parser: argparse.ArgumentParser) -> Any:
    """Add and return a group with --images, --masks, --palette, --ignore and --workers."""
    group = parser.add_argument_group("data")
    group.add_argument("--images", type=Path, metavar="DIR", help="images (default: generated street scenes)")
    group.add_argument("--masks", type=Path, metavar="DIR", help="masks in palette colours, with the same names")
    group.add_argument(
        "--palette",
        metavar="CSV",
        help="CSV file with columns name,r,g,b in id order, or a built-in name",
    )
    group.add_argument(
        "--ignore", nargs="+", metavar="NAME", help="names in the CSV file that are no class (default: Void)"
    )
    group.add_argument(
        "--workers",
        type=_workers,
        default="auto",
        metavar="N",
        help="threads that make batches, or auto: chosen by a short trial (default: auto)",
    )
    return group


def _workers(text: str) -> int | str:
    """Parse --workers."""
    if text == "auto":
        return text
    try:
        workers = int(text)
    except ValueError:
        workers = -1
    if workers < 0:
        raise argparse.ArgumentTypeError(f"{text!r}; expected an integer of at least 0, or auto")
    return workers


def check_data_options(options: argparse.Namespace, further: Sequence[str] = ()) -> None:
    """Raise ValueError if only some of the options are given that belong together.

    Args:
        options: the parsed options.
        further: names of more options that need your own data, such as "--val-images".
    """

    def given(name: str) -> bool:
        return getattr(options, name[2:].replace("-", "_")) is not None

    needed = ("--images", "--masks", "--palette")
    missing = [name for name in needed if not given(name)]
    others = [name for name in (*needed, "--ignore", *further) if given(name)]
    if missing and others:
        raise ValueError(
            f"{', '.join(missing)} missing with {', '.join(others)}; your own data needs --images, --masks and "
            "--palette, the demonstration set none of them"
        )


def read_palette(palette: str, ignore: Sequence[str] | None) -> Palette:
    """Read a palette from a CSV file, or look up a built-in one, which has its own ignored names."""
    if not palette.lower().endswith(".csv") and not os.path.exists(palette):
        if ignore is not None:
            raise ValueError(f"--ignore with the built-in palette {palette!r}; expected --ignore only with a CSV file")
        return Palette.named(palette)
    if ignore is None:
        ignore = [name for name in Palette.from_csv(palette).names if name.lower() in _VOID_NAMES]
    return Palette.from_csv(palette, ignore=ignore)
