"""How long workers have worked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter

from seqaug.core.forks import ForkLock


class BusyTime:
    """Adds up the seconds that workers spend on rows; from any thread."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._lock = ForkLock()

    def add(self, seconds: float) -> None:
        """Add what a worker has spent."""
        with self._lock:
            self.seconds += seconds

    @contextmanager
    def measured(self) -> Iterator[None]:
        """Add the time that is spent inside."""
        begin = perf_counter()
        try:
            yield
        finally:
            self.add(perf_counter() - begin)
