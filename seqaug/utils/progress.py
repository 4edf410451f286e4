"""Progress bars."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

# Shorter work shows no bar.
_DELAY_SECONDS = 1.0


@contextmanager
def progress_bar(description: str, total: int) -> Iterator[Callable[[int], None]]:
    """Show progress on standard error, in a terminal or a notebook, once the work has taken a second.

    Args:
        description: text beside the bar.
        total: number of items.

    Yields:
        A function to call with the number of items done since its last call.
    """
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
        disable=not (console.is_terminal or console.is_jupyter),
    )
    task = bar.add_task(description, total=total)
    start = time.monotonic()

    def advance(count: int) -> None:
        bar.update(task, advance=count)
        if not bar.live.is_started and time.monotonic() - start > _DELAY_SECONDS:
            bar.start()

    try:
        yield advance
    finally:
        bar.stop()
