"""A few masks of a data set, looked at where one alone does not say enough."""

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


class MaskSurvey:
    """Looks at a few masks, always the same, evenly spread over all.

    Args:
        load_mask: gives the mask of a sample by its index, as it is stored.
        num_samples: how many samples there are, 1 or more.
        are_files: whether masks are files that this package reads, whose grey values a palette can name.
    """

    def __init__(self, load_mask: Callable[[int], Array], num_samples: int, *, are_files: bool) -> None:
        self._load_mask = load_mask
        self._indices = sorted({place * (num_samples - 1) // (_MASKS - 1) for place in range(_MASKS)})
        self.are_files = are_files
        self._ids: list[IdCounts] | None = None

    def among(self, indices: Iterable[int]) -> MaskSurvey:
        """Give a survey of the first few of these samples in its place."""
        survey = copy.copy(self)
        survey._indices, survey._ids = sorted(set(islice(indices, _MASKS))), None
        return survey

    def __len__(self) -> int:
        """Count the masks that it looks at."""
        return len(self._indices)

    def masks(self) -> Iterator[Array]:
        """Load them; those that cannot be are passed over, and raise when a batch wants them."""
        for index in self._indices:
            with suppress(Exception):
                yield np.asarray(self._load_mask(index))

    def ids(self) -> list[IdCounts]:
        """Count the ids of each mask that holds ids; the first call loads them."""
        if self._ids is None:
            flat = (mask[..., 0] if mask.ndim == 3 and mask.shape[2] == 1 else mask for mask in self.masks())
            self._ids = [
                IdCounts.of(mask) for mask in flat if mask.ndim == 2 and mask.size and mask.dtype.kind in "biu"
            ]
        return self._ids
