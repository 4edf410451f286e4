"""When batches were asked for and when they were ready."""

from __future__ import annotations

import math
from time import perf_counter

from seqaug.core.forks import ForkLock


class BatchTimings:
    """The times at which the batches of an epoch were ready, in the order in which they were asked for; thread-safe."""

    def __init__(self) -> None:
        self._ready: list[float] = []
        self._lock = ForkLock()

    def asked(self) -> int:
        """Note that a batch was asked for.

        Returns:
            The number of the request, from 0.
        """
        with self._lock:
            self._ready.append(math.inf)
            return len(self._ready) - 1

    def ready(self, request: int) -> None:
        """Note that the batch of a request is ready."""
        self._ready[request] = perf_counter()

    def when_ready(self, request: int) -> float:
        """Give the time, of `time.perf_counter`, at which a batch was ready; infinity where it is not yet."""
        return self._ready[request] if request < len(self._ready) else math.inf
