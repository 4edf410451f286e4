"""Decoded samples in memory that all workers share."""

from __future__ import annotations

import mmap
import os
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from seqaug.cache.base import Arrays
from seqaug.cache.budget import FREE_MEMORY_SHARE, MemoryBudget
from seqaug.cache.entry import Entry, decode_entry, encode_entry
from seqaug.core.alignment import aligned
from seqaug.core.forks import ForkLock
from seqaug.core.shared_memory import SharedFile
from seqaug.sources.base import CacheKey
from seqaug.utils.validation import format_bytes

Array = np.ndarray[Any, Any]

# Indices of the table's first numbers: offset of the next entry, and whether an entry did not fit.
_END, _IS_FULL = range(2)
_NUM_HEADER = 2
_MAX_DECODED = 4096  # of about 1 kB


class MemoryStore:
    """One copy of each decoded sample in memory, for any number of workers, up to a limit.

    Entries are never overwritten: a sample whose key has changed takes another entry, if there is room.

    Args:
        num_samples: number of samples.
        limit: bytes for all entries; None: the free part of `budget`.
        budget: the budget of all in-memory caches of the process; None: only `limit` applies.
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
        """Return a sample as read-only views, or None if there is none with this key."""
        return (self._shared or self._entries).get(index, key)

    def put(self, index: int, key: CacheKey, sample: Arrays) -> None:
        """Store a sample if it fits."""
        (self._shared or self._entries).put(index, key, sample)

    def write_error(self) -> str | None:
        """Return what does not fit, or None."""
        shared = self._shared
        if shared is None or not shared.is_full:
            return None
        num_stored, size = shared.usage()
        message = f'cache="memory" is full: {num_stored:,} of {self._num_samples:,} samples take {format_bytes(size)}'
        if self._limit is not None:
            message += f" of cache_limit={format_bytes(self._limit)}"
        elif self._budget is not None:
            limit = format_bytes(self._budget.limit)
            message += f" of the {limit} that all in-memory caches of this process share"
            message += f" ({FREE_MEMORY_SHARE:.0%} of the memory that was free)"
        message += ", and the others are decoded each time"
        if num_stored:
            message += f"; all would take about {format_bytes(size * self._num_samples // num_stored)}"
        return f"{message}; {'set' if self._limit is None else 'raise'} cache_limit, or give cache= a directory"

    def clear(self) -> None:
        """Drop all entries; their memory is freed when no worker holds it."""
        with self._lock:
            self._shared = None


class _SharedEntries:
    """The shared memory: a table with the offset of each sample's entry (0: none), and the entries.

    It can be sent to workers, which map the same memory.
    """

    def __init__(self, num_samples: int, limit: int | None, budget: MemoryBudget | None) -> None:
        self._num_samples = num_samples
        self._is_limited = limit is None
        self._budget = budget
        if limit is None:
            limit = 0 if budget is None else budget.limit
        numbers = (_NUM_HEADER + num_samples) * np.dtype(np.int64).itemsize
        self._start = -(-numbers // mmap.ALLOCATIONGRANULARITY) * mmap.ALLOCATIONGRANULARITY
        self._file = SharedFile(self._start + limit)
        self._map()
        self._table[_END] = self._start
        if budget is not None:
            finalizer = weakref.finalize(self, _release, budget, self._table, self._start, os.getpid())
            finalizer.atexit = False

    def _map(self) -> None:
        descriptor, count = self._file.descriptor, _NUM_HEADER + self._num_samples
        self._table: Array = np.frombuffer(mmap.mmap(descriptor, self._start), np.int64, count)
        self._memory: Array = np.frombuffer(mmap.mmap(descriptor, self._file.size, prot=mmap.PROT_READ), np.uint8)
        self._lock = ForkLock()
        # Entries that this process has decoded lately, by offset; they never change.
        self._decoded: dict[int, Entry] = {}

    def __getstate__(self) -> dict[str, Any]:
        return {name: self.__dict__[name] for name in ("_num_samples", "_is_limited", "_budget", "_start", "_file")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._map()

    @property
    def is_full(self) -> bool:
        return bool(self._table[_IS_FULL])

    def usage(self) -> tuple[int, int]:
        """Return the number of samples with an entry, and the bytes of all entries."""
        return int(np.count_nonzero(self._table[_NUM_HEADER:])), int(self._table[_END]) - self._start

    def get(self, index: int, key: CacheKey) -> dict[str, Array] | None:
        start = int(self._table[_NUM_HEADER + index])
        if not start:
            return None
        entry = self._decoded.get(start)
        if entry is None:
            if len(self._decoded) >= _MAX_DECODED:
                self._decoded.clear()
            entry = self._decoded[start] = decode_entry(self._memory[start:])
        return dict(entry.arrays) if entry.key == key else None

    def put(self, index: int, key: CacheKey, sample: Arrays) -> None:
        if self.get(index, key) is not None:  # another worker decoded it at the same time
            return
        entry = encode_entry(key, sample, with_checksum=False)
        start = self._reserve(entry.size)
        if start is None:
            return
        try:
            entry.write(self._file.descriptor, start)
        except OSError:  # the system overcommitted its memory
            self._table[_IS_FULL] = 1
            return
        # Published last: a writer that dies before this line only wastes the room.
        self._table[_NUM_HEADER + index] = start

    def _reserve(self, size: int) -> int | None:
        with self._exclusively():
            start = int(self._table[_END])
            end = start + aligned(size)
            if end > self._file.size or not self._reserve_in_budget(end - start):
                self._table[_IS_FULL] = 1
                return None
            self._table[_END] = end
            return start

    def _reserve_in_budget(self, size: int) -> bool:
        return self._budget is None or self._budget.reserve(size, limited=self._is_limited)

    @contextmanager
    def _exclusively(self) -> Iterator[None]:
        """Exclude other threads, and other processes, whose locks end with them."""
        import fcntl  # POSIX only, and the package is imported on other systems too

        with self._lock:
            fcntl.lockf(self._file.descriptor, fcntl.LOCK_EX)
            try:
                yield
            finally:
                fcntl.lockf(self._file.descriptor, fcntl.LOCK_UN)


def _release(budget: MemoryBudget, table: Array, start: int, process: int) -> None:
    """Release the memory of deleted entries, in the process that created them and not in its forks."""
    if os.getpid() == process:
        budget.release(int(table[_END]) - start)
