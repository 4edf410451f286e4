"""Progress bars."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress

# Shorter work shows no bar; work of unknown length, such as listing files, is mostly short.
_DELAY_SECONDS = 1.0
_DELAY_SECONDS_IF_UNKNOWN = 2.0


@contextmanager
def progress_bar(description: str, total: int | None) -> Iterator[Callable[[int], None]]:
    """Show progress on standard error, in a terminal or a notebook, once the work has taken a second or two.

    `SEQAUG_PROGRESS=0` in the environment turns all bars off, as does `keras.utils.disable_interactive_logging()`.

    Args:
        description: text beside the bar.
        total: number of items; None: unknown.

    Yields:
        A function to call with the number of items done since its last call.
    """
    delay = _DELAY_SECONDS_IF_UNKNOWN if total is None else _DELAY_SECONDS
    start = time.monotonic()
    bar: Progress | None = None
    done = 0

    def advance(count: int) -> None:
        nonlocal bar, done
        done += count
        if bar is None and time.monotonic() - start > delay:
            bar = _make_bar()  # as late as this, because importing rich takes longer than most work
            bar.add_task(description, total=total)
            bar.start()
        if bar is not None:
            bar.update(bar.task_ids[0], completed=done)

    try:
        yield advance
    finally:
        if bar is not None and not bar.disable:  # a disabled one ends with an empty line in rich before 14.3
            bar.stop()


def no_progress(count: int) -> None:
    """Take the place of the function that `progress_bar` yields, where nothing is shown."""


def _make_bar() -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
        disable=not (console.is_terminal or console.is_jupyter) or _is_switched_off(),
    )


def _is_switched_off() -> bool:
    keras = sys.modules.get("keras")
    is_interactive = keras is None or keras.utils.is_interactive_logging_enabled()
    return os.environ.get("SEQAUG_PROGRESS") == "0" or not is_interactive
