"""The memory budget that all in-memory caches of a process share."""

from __future__ import annotations

import mmap
import os
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from seqaug.core.shared_memory import SharedFile

# Share of free memory for caches; the model, batches and page cache need the rest.
FREE_MEMORY_SHARE = 0.5

# Indices of the shared numbers.
_LIMIT, _RESERVED = range(2)


class MemoryBudget:
    """Memory that all in-memory caches of a process share, whichever of its workers fill them.

    It can be sent to workers, which then share it.
    """

    def __init__(self) -> None:
        self._file = SharedFile(mmap.ALLOCATIONGRANULARITY)
        self._map()

    def _map(self) -> None:
        self._numbers: np.ndarray[Any, Any] = np.frombuffer(
            mmap.mmap(self._file.descriptor, self._file.size), np.int64, 2
        )
        self._lock = threading.Lock()
        self._released: deque[int] = deque()

    def __getstate__(self) -> dict[str, Any]:
        return {"_file": self._file}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._map()

    @property
    def limit(self) -> int:
        """Bytes for caches without limits of their own."""
        return int(self._numbers[_LIMIT])

    def set_limit(self, free: int) -> None:
        """Set the limit to `FREE_MEMORY_SHARE` of the memory that is free or reserved by caches.

        Args:
            free: free memory in bytes, without what caches reserve.
        """
        with self._exclusively():
            self._numbers[_LIMIT] = int((free + int(self._numbers[_RESERVED])) * FREE_MEMORY_SHARE)
        self._subtract_released()

    def reserve(self, size: int, *, limited: bool) -> bool:
        """Reserve memory, and return whether that succeeded.

        Args:
            size: bytes.
            limited: whether this budget's limit applies; caches with limits of their own always succeed.
        """
        with self._exclusively():
            reserved = int(self._numbers[_RESERVED]) + size
            fits = not limited or reserved <= self._numbers[_LIMIT]
            if fits:
                self._numbers[_RESERVED] = reserved
        self._subtract_released()
        return fits

    def release(self, size: int) -> None:
        """Release reserved bytes without blocking: the garbage collector may call it while this thread has the lock."""
        self._released.append(size)
        self._subtract_released()

    def _subtract_released(self) -> None:
        # The current holder of the lock, possibly this thread, subtracts the rest afterwards.
        while self._released and self._lock.acquire(blocking=False):
            try:
                if self._released:  # no other thread was faster
                    with self._without_other_processes():
                        self._numbers[_RESERVED] -= self._released.popleft()
            finally:
                self._lock.release()

    @contextmanager
    def _exclusively(self) -> Iterator[None]:
        """Exclude other threads, and other processes, whose locks end with them."""
        with self._lock, self._without_other_processes():
            yield

    @contextmanager
    def _without_other_processes(self) -> Iterator[None]:
        import fcntl  # POSIX only, and the package is imported on other systems too

        fcntl.lockf(self._file.descriptor, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.lockf(self._file.descriptor, fcntl.LOCK_UN)


_budget_lock = threading.Lock()
_budgets: dict[int, MemoryBudget] = {}


def process_budget() -> MemoryBudget:
    """Return the budget of this process; forked processes have their own."""
    process = os.getpid()
    with _budget_lock:
        if process not in _budgets:
            _budgets.clear()
            _budgets[process] = MemoryBudget()
        return _budgets[process]
