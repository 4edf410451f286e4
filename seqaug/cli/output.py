"""What commands print: tables and lines, in colour in a terminal, plain elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from seqaug.errors import SampleError

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
