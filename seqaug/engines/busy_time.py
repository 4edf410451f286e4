"""Time that workers spend on rows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter

from seqaug.core.forks import ForkLock


class BusyTime:
    """Sums the seconds that workers spend on rows; from any thread."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._lock = ForkLock()

    def add(self, seconds: float) -> None:
        """Add seconds."""
        with self._lock:
            self.seconds += seconds

    @contextmanager
    def measured(self) -> Iterator[None]:
        """Add the duration of this context."""
        start = perf_counter()
        try:
            yield
        finally:
            self.add(perf_counter() - start)
