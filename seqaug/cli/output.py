"""Output of the commands: console, tables and failed samples."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from seqaug.errors import SampleError

# Terminals wrap long lines; rich would truncate them.
_WIDTH = 10_000


def new_console() -> Console:
    """Create a console that prints to standard output."""
    from rich.console import Console

    class PipeConsole(Console):
        def on_broken_pipe(self) -> None:
            raise  # rich would exit with status 1, as if something had been found

    return PipeConsole(width=_WIDTH, soft_wrap=True, highlight=False, markup=False)


def new_table(headings: Sequence[str]) -> Table:
    """Create an empty table: the first column left-aligned for names, the others right-aligned for numbers."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for column, heading in enumerate(headings):
        table.add_column(heading, justify="right" if column else "left", no_wrap=True)
    return table


def failure_text(error: SampleError) -> str:
    """Describe a failed sample by its file, once, and the reason."""
    return error.reason if error.reason.startswith(error.where) else f"{error.where}: {error.reason}"
