"""Decoded samples in memory that all workers map."""

from __future__ import annotations

import mmap
import os
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from seqaug.cache.base import Arrays
from seqaug.cache.budget import MemoryBudget
from seqaug.cache.entry import Entry, decode_entry, encode_entry
from seqaug.core.alignment import aligned
from seqaug.core.forks import ForkLock
from seqaug.core.shared_memory import SharedFile
from seqaug.sources.base import CacheKey
from seqaug.utils.validation import format_bytes

Array = np.ndarray[Any, Any]

# What the first numbers of the table say: where the next entry goes, and whether one did not fit.
_END, _IS_FULL = range(2)
_CONTROLS = 2
# About 1 kB each.
_READ_KEPT = 4096


class MemoryStore:
    """One copy of each decoded sample in memory, whatever the number of workers, up to a limit.

    An entry is never written over: a sample whose key has changed is kept anew, where there is room.

    Args:
        num_samples: how many samples there are.
        limit: bytes that entries may take, together; None: what `budget` has left for them.
        budget: of all caches of the process; None: there is a `limit`, and nobody counts.
    """

    def __init__(self, num_samples: int, limit: int | None, budget: MemoryBudget | None = None) -> None:
        self._num_samples = num_samples
        self._limit = limit
        self._budget = budget
        self._shared: _SharedEntries | None = None
        self._lock = ForkLock()

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_lock": None, "_shared": self._entries}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._lock = ForkLock()

    @property
    def _entries(self) -> _SharedEntries:
        with self._lock:
            if self._shared is None:
                self._shared = _SharedEntries(self._num_samples, self._limit, self._budget)
            return self._shared

    def get(self, index: int, key: CacheKey) -> dict[str, Array] | None:
        """Give a sample, as read-only views, or None where there is none of this key."""
        return (self._shared or self._entries).get(index, key)

    def put(self, index: int, key: CacheKey, sample: Arrays) -> None:
        """Keep a sample, if it fits."""
        (self._shared or self._entries).put(index, key, sample)

    def trouble(self) -> str | None:
        """Say what does not fit, or None."""
        shared = self._shared
        if shared is None or not shared.is_full:
            return None
        held, size = shared.held()
        message = f'cache="memory" is full: {held:,} of {self._num_samples:,} samples take {format_bytes(size)} of '
        if self._limit is not None:
            message += f"cache_limit={format_bytes(self._limit)}"
        elif self._budget is not None:
            limit = format_bytes(self._budget.limit)
            message += f"the {limit} that all caches in memory of this process may take (half of what was free)"
        message += ", and the others are decoded each time"
        if held:
            message += f"; all would take about {format_bytes(size * self._num_samples // held)}"
        return f"{message}; {'set' if self._limit is None else 'raise'} cache_limit, or give cache= a directory"

    def clear(self) -> None:
        """Forget all entries; their memory is free when no worker holds it."""
        with self._lock:
            self._shared = None


class _SharedEntries:
    """The shared memory: a table of where each sample's entry begins (0: nowhere), and the entries.

    It can be sent to workers, which map it anew.
    """

    def __init__(self, num_samples: int, limit: int | None, budget: MemoryBudget | None) -> None:
        self._num_samples = num_samples
        self._is_limited = limit is None
        self._budget = budget
        if limit is None:
            limit = 0 if budget is None else budget.limit
        numbers = (_CONTROLS + num_samples) * np.dtype(np.int64).itemsize
        self._start = -(-numbers // mmap.ALLOCATIONGRANULARITY) * mmap.ALLOCATIONGRANULARITY
        self._file = SharedFile(self._start + limit)
        self._map()
        self._table[_END] = self._start
        if budget is not None:
            finalizer = weakref.finalize(self, _give_back, budget, self._table, self._start, os.getpid())
            finalizer.atexit = False

    def _map(self) -> None:
        descriptor, count = self._file.descriptor, _CONTROLS + self._num_samples
        self._table: Array = np.frombuffer(mmap.mmap(descriptor, self._start), np.int64, count)
        self._memory: Array = np.frombuffer(mmap.mmap(descriptor, self._file.size, prot=mmap.PROT_READ), np.uint8)
        self._lock = ForkLock()
        # Entries that this process has read lately, by where they begin; they never change.
        self._read: dict[int, Entry] = {}

    def __getstate__(self) -> dict[str, Any]:
        return {name: self.__dict__[name] for name in ("_num_samples", "_is_limited", "_budget", "_start", "_file")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._map()

    @property
    def is_full(self) -> bool:
        return bool(self._table[_IS_FULL])

    def held(self) -> tuple[int, int]:
        """Count the samples that have an entry, and the bytes of all entries."""
        return int(np.count_nonzero(self._table[_CONTROLS:])), int(self._table[_END]) - self._start

    def get(self, index: int, key: CacheKey) -> dict[str, Array] | None:
        start = int(self._table[_CONTROLS + index])
        if not start:
            return None
        entry = self._read.get(start)
        if entry is None:
            if len(self._read) >= _READ_KEPT:
                self._read.clear()
            entry = self._read[start] = decode_entry(self._memory[start:])
        return dict(entry.arrays) if entry.key == key else None

    def put(self, index: int, key: CacheKey, sample: Arrays) -> None:
        entry = encode_entry(key, sample, checked=False)
        start = self._reserve(entry.size)
        if start is None:
            return
        try:
            entry.write(self._file.descriptor, start)
        except OSError:  # the system has no more memory than it promised
            self._table[_IS_FULL] = 1
            return
        # Only now can others find it; who dies before has taken some room, and nothing else.
        self._table[_CONTROLS + index] = start

    def _reserve(self, size: int) -> int | None:
        with self._exclusively():
            start = int(self._table[_END])
            end = start + aligned(size)
            if end > self._file.size or not self._take(end - start):
                self._table[_IS_FULL] = 1
                return None
            self._table[_END] = end
            return start

    def _take(self, size: int) -> bool:
        return self._budget is None or self._budget.take(size, limited=self._is_limited)

    @contextmanager
    def _exclusively(self) -> Iterator[None]:
        """Lock out other threads, and other processes, whose locks end with them."""
        import fcntl  # of POSIX systems alone, and the package is imported on others as well

        with self._lock:
            fcntl.lockf(self._file.descriptor, fcntl.LOCK_EX)
            try:
                yield
            finally:
                fcntl.lockf(self._file.descriptor, fcntl.LOCK_UN)


def _give_back(budget: MemoryBudget, table: Array, start: int, process: int) -> None:
    """Give back to the budget what entries took that are gone, in the process that made them, and not in its forks."""
    if os.getpid() == process:
        budget.give_back(int(table[_END]) - start)
