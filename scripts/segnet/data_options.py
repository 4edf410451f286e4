"""The options that say which images and masks a script works on, and what the colours of the masks stand for."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from seqaug import Palette

_VOID_NAMES = {"void", "unlabeled"}


def add_data_options(parser: argparse.ArgumentParser) -> Any:
    """Add a group with --images, --masks, --palette, --ignore and --workers, and give it for more of its kind."""
    group = parser.add_argument_group("data")
    group.add_argument("--images", type=Path, metavar="DIR", help="images (default: street scenes, drawn first)")
    group.add_argument("--masks", type=Path, metavar="DIR", help="their masks, in palette colours, of the same names")
    group.add_argument(
        "--palette", metavar="CSV", help="columns name,r,g,b in id order; or a built-in one: camvid, ..."
    )
    group.add_argument(
        "--ignore", nargs="+", metavar="NAME", help="classes of the CSV that do not count (default: Void)"
    )
    group.add_argument("--workers", type=int, default=2, metavar="N", help="threads that prepare batches (default: 2)")
    return group


def check_data_options(options: argparse.Namespace, further: Sequence[str] = ()) -> None:
    """Raise ValueError where only some of the options are given that go together.

    Args:
        options: what was parsed.
        further: the names of more options that need data of one's own, such as "--val-images".
    """

    def given(name: str) -> bool:
        return getattr(options, name[2:].replace("-", "_")) is not None

    needed = ("--images", "--masks", "--palette")
    missing = [name for name in needed if not given(name)]
    others = [name for name in (*needed, "--ignore", *further) if given(name)]
    if missing and others:
        raise ValueError(
            f"{', '.join(missing)} missing beside {', '.join(others)}; your own data needs --images, --masks and "
            "--palette, the demonstration set none of them"
        )


def read_palette(palette: str, ignore: Sequence[str] | None) -> Palette:
    """Read a palette from a CSV file, or get a built-in one, which knows itself what it ignores."""
    if not palette.lower().endswith(".csv") and not os.path.exists(palette):
        if ignore is not None:
            raise ValueError(f"--ignore with the built-in palette {palette!r}; expected it beside a CSV file only")
        return Palette.named(palette)
    if ignore is None:
        ignore = [name for name in Palette.from_csv(palette).names if name.lower() in _VOID_NAMES]
    return Palette.from_csv(palette, ignore=ignore)
