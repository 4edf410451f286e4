"""What the commands share: arguments, and what they print."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from seqaug.errors import SampleError


import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from seqaug.remote.urls import Url, is_url
from seqaug.utils.cores import available_cores
from seqaug.utils.redaction import shown

if TYPE_CHECKING:
    from seqaug.engines.base import Engine
    from seqaug.palette.label_spec import LabelSpec
    from seqaug.palette.palette import Palette

# Where a command adds itself; argparse has no public name for it.
Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


# Whoever shows lines wraps them; rich would cut off what does not fit.
_WIDE = 10_000


def console() -> Console:
    """Give what prints to standard output."""
    from rich.console import Console

    class PipeConsole(Console):
        def on_broken_pipe(self) -> None:
            raise  # rich would end the program with status 1, as if something had been found

    return PipeConsole(width=_WIDE, soft_wrap=True, highlight=False, markup=False)


def new_table(headings: Sequence[str]) -> Table:
    """Make an empty table: words to the left in the first column, numbers to the right in the others."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for place, heading in enumerate(headings):
        table.add_column(heading, justify="right" if place else "left", no_wrap=True)
    return table


def failure(error: SampleError) -> str:
    """Say which file could not be used, and why."""
    return error.reason if error.reason.startswith(error.where) else f"{error.where}: {error.reason}"


_SLOTS = 6  # batches that `parallel_map` has in flight, and one more
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
    from seqaug.palette.coercion import as_palette
    from seqaug.palette.palette import Palette

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


def label_spec_of(chosen: argparse.Namespace) -> LabelSpec:
    """Make of the options what masks hold."""
    from seqaug.palette.label_spec import LabelSpec

    return LabelSpec(palette_of(chosen), chosen.num_classes, chosen.ignore_index)


@contextmanager
def engine_of(chosen: argparse.Namespace) -> Iterator[Engine]:
    """Give the engine that was asked for, and close it afterwards."""
    from seqaug.engines.inline import InlineEngine
    from seqaug.engines.processes.engine import ProcessEngine
    from seqaug.engines.threads import ThreadEngine
    from seqaug.utils.validation import whole_number

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
