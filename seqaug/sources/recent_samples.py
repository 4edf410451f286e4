"""Whole samples decoded lately in this process, for the tiles that are cut from them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from seqaug.core.forks import ForkLock

Arrays = Mapping[str, np.ndarray[Any, Any]]


class _Entry:
    def __init__(self) -> None:
        self.lock = ForkLock()
        self.arrays: Arrays | None = None


class RecentSamples:
    """Keeps the arrays that were used last, up to a limit, and always those of the last use; safe from any thread.

    Copies in other processes start empty.

    Args:
        limit: bytes.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._entries: OrderedDict[Any, _Entry] = OrderedDict()
        self._lock = ForkLock()

    def __reduce__(self) -> tuple[type[RecentSamples], tuple[int]]:
        return RecentSamples, (self._limit,)

    def get(self, key: Any, load: Callable[[], Arrays]) -> Arrays:
        """Return the arrays of a key, which `load` loads, in one thread alone, where they are not kept."""
        with self._lock:
            entry = self._entries.setdefault(key, _Entry())
            self._entries.move_to_end(key)
        with entry.lock:
            if entry.arrays is None:
                entry.arrays = load()
                self._drop_oldest()
            return entry.arrays

    def _drop_oldest(self) -> None:
        with self._lock:
            loaded = {key: _bytes(entry.arrays) for key, entry in self._entries.items() if entry.arrays is not None}
            total = sum(loaded.values())
            for key in list(loaded)[:-1]:
                if total <= self._limit:
                    break
                total -= loaded[key]
                del self._entries[key]


def _bytes(arrays: Arrays) -> int:
    return sum(np.asarray(pixels).nbytes for pixels in arrays.values())
