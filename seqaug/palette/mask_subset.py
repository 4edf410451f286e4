"""A few masks of a data set, for questions that one mask alone does not answer."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from itertools import islice
from typing import Any

import numpy as np

from seqaug.palette.id_counts import IdCounts

Array = np.ndarray[Any, Any]

_MASKS = 8


class MaskSubset:
    """A fixed subset of at most 8 masks, evenly spaced over the data set and loaded on demand.

    Args:
        load_mask: loads the mask of a sample by its index, as it is stored.
        num_samples: the number of samples, 1 or more.
    """

    def __init__(self, load_mask: Callable[[int], Array], num_samples: int) -> None:
        self._load_mask = load_mask
        self._indices = sorted({step * (num_samples - 1) // (_MASKS - 1) for step in range(_MASKS)})
        self._ids: list[IdCounts] | None = None

    def among(self, indices: Iterable[int]) -> MaskSubset:
        """Give the subset of the first few of these samples instead."""
        subset = copy.copy(self)
        subset._indices, subset._ids = sorted(set(islice(indices, _MASKS))), None
        return subset

    def __len__(self) -> int:
        """Count the masks of the subset."""
        return len(self._indices)

    def masks(self) -> Iterator[Array]:
        """Load the masks; those that fail are skipped here, and raise when a batch needs them."""
        for index in self._indices:
            with suppress(Exception):
                yield np.asarray(self._load_mask(index))

    def ids(self) -> list[IdCounts]:
        """Count the ids of each mask that holds ids; the first call loads the masks."""
        if self._ids is None:
            flat = (mask[..., 0] if mask.ndim == 3 and mask.shape[2] == 1 else mask for mask in self.masks())
            self._ids = [
                IdCounts.of(mask) for mask in flat if mask.ndim == 2 and mask.size and mask.dtype.kind in "biu"
            ]
        return self._ids
