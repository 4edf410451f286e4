"""Loaded samples that several rows of a batch share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from seqaug.errors import SampleError

Arrays = dict[str, np.ndarray[Any, Any]]


class SharedSamples:
    """Loads each sample once for all of its uses, and releases it with the last; for rows made one after another.

    Args:
        indices: the samples that the rows need: one entry for each use.
    """

    def __init__(self, indices: Iterable[int]) -> None:
        self._uses = Counter(indices)
        self._kept: dict[int, Arrays | SampleError] = {}

    def get(self, index: int, load: Callable[[], Arrays]) -> Arrays:
        """Return a sample, which `load` loads at its first use.

        Raises:
            SampleError: it cannot be loaded; each use raises the error of the first.
        """
        self._uses[index] -= 1
        is_last = self._uses[index] <= 0
        found = self._kept.pop(index, None) if is_last else self._kept.get(index)
        if found is None:
            try:
                found = load()
            except SampleError as error:
                found = error
            if not is_last:
                self._kept[index] = found
        if isinstance(found, SampleError):
            raise found
        return found

    def get_uncounted(self, index: int, load: Callable[[], Arrays]) -> Arrays:
        """Return a sample for a use that was not announced: a kept one, or else loaded for this use alone."""
        found = self._kept.get(index)
        return load() if found is None or isinstance(found, SampleError) else found
