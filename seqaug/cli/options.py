"""Options that several commands have, and what they make of them."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from seqaug.cores import available_cores
from seqaug.redaction import shown
from seqaug.remote import Url, is_url

if TYPE_CHECKING:
    from seqaug.engines import Engine
    from seqaug.labels import Labels
    from seqaug.palette import Palette

_SLOTS = 6  # batches that a sweep has in hand, and one more
_MOST_UNASKED = 16  # workers; disks seldom feed more, and each takes a moment to start


def add_palette_option(parser: argparse.ArgumentParser, *, required: bool = False) -> None:
    """Add `--palette` and `--ignore`."""
    parser.add_argument(
        "--palette",
        metavar="P",
        required=required,
        help="what mask colours stand for: voc, camvid, cityscapes, ade20k, binary, a CSV file with the columns "
        "name,r,g,b, an indexed PNG, or the URL of either",
    )
    add_ignore(parser)


def add_ignore(parser: argparse.ArgumentParser) -> None:
    """Add `--ignore`."""
    parser.add_argument(
        "--ignore",
        metavar="NAME",
        action="append",
        default=[],
        help="a name of a palette file that is no class, such as Void; may be given several times",
    )


def add_labels(parser: argparse.ArgumentParser) -> None:
    """Add all that says what masks hold."""
    add_palette_option(parser)
    parser.add_argument("--num-classes", type=int, metavar="K", help="masks hold class ids, 0 to K - 1")
    parser.add_argument("--ignore-index", type=int, metavar="I", help="the id that losses skip")


def add_workers(parser: argparse.ArgumentParser) -> None:
    """Add `--workers`."""
    parser.add_argument(
        "--workers", type=int, metavar="N", help="processes that read files; 0: none (default: one a core, up to 16)"
    )


def local_path(text: str) -> str:
    """Check the name of what a command is to write."""
    if is_url(text):
        raise argparse.ArgumentTypeError(f"{shown(text)!r} is a URL; expected a path on this machine, to be written to")
    return text


def palette_of(chosen: argparse.Namespace) -> Palette | None:
    """Make the palette that was asked for."""
    from seqaug.palette import Palette, as_palette

    if chosen.palette is None:
        if chosen.ignore:
            raise ValueError(f"--ignore {chosen.ignore[0]} names a colour of a palette; expected --palette beside it")
        return None
    name = Url.parse(chosen.palette).path if is_url(chosen.palette) else chosen.palette
    if name.lower().endswith(".png"):
        return Palette.from_png(chosen.palette, chosen.ignore)
    if chosen.ignore and (is_url(chosen.palette) or os.path.isfile(chosen.palette)):
        return Palette.from_csv(chosen.palette, chosen.ignore)
    palette = as_palette(chosen.palette)
    if palette is None or not chosen.ignore:
        return palette
    colors = dict(zip(palette.names, map(tuple, palette.colors.tolist()), strict=True))
    return Palette({**colors, **palette.ignored}, [*palette.ignored, *chosen.ignore])


def labels_of(chosen: argparse.Namespace) -> Labels:
    """Make of the options what masks hold."""
    from seqaug.labels import Labels

    return Labels(palette_of(chosen), chosen.num_classes, chosen.ignore_index)


@contextmanager
def engine_of(chosen: argparse.Namespace) -> Iterator[Engine]:
    """Give the engine that was asked for, and close it afterwards."""
    from seqaug.arguments import whole_number
    from seqaug.engines import InlineEngine, ProcessEngine, ThreadEngine

    unasked = min(available_cores(), _MOST_UNASKED)
    workers = unasked if chosen.workers is None else whole_number("--workers", chosen.workers, 0)
    engine: Engine
    if workers == 0:
        engine = InlineEngine()
    elif os.name == "posix":
        engine = ProcessEngine(workers, _SLOTS)
    else:
        engine = ThreadEngine(workers)
    try:
        yield engine
    finally:
        engine.close()
