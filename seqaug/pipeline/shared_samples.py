"""Loaded samples that several rows of a batch share."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from seqaug.errors import SampleError

Arrays = dict[str, np.ndarray[Any, Any]]


class SharedSamples:
    """Loads each sample once for all rows that may need it, and keeps it until they are made; called from any thread.

    Args:
        needed: the samples that the rows may need: an index for each use.
    """

    def __init__(self, needed: Iterable[int]) -> None:
        self._uses = {index: count for index, count in Counter(needed).items() if count > 1}
        self._loading = {index: threading.Lock() for index in self._uses}
        self._lock = threading.Lock()
        self._kept: dict[int, Arrays | SampleError] = {}

    def __len__(self) -> int:
        """Number of samples that are still needed several times, or were."""
        return len(self._loading)

    def get(self, index: int, load: Callable[[], Arrays]) -> Arrays:
        """Return a sample, which `load` loads at its first use.

        Raises:
            SampleError: it cannot be loaded; each use raises the error of the first.
        """
        loading = self._loading.get(index)
        if loading is None:
            return load()
        with loading:
            found = self._kept.get(index)
            if found is None:
                try:
                    found = load()
                except SampleError as error:
                    found = error
                with self._lock:
                    # A use that was not announced may come after the last one that was.
                    if self._uses[index] > 0:
                        self._kept[index] = found
        if isinstance(found, SampleError):
            raise found
        return found

    def release(self, needed: Iterable[int]) -> None:
        """Note that a row is made: give the indices that it was announced with."""
        with self._lock:
            for index in needed:
                if index in self._uses:
                    self._uses[index] -= 1
                    if not self._uses[index]:
                        self._kept.pop(index, None)
