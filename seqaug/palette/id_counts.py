"""Counts of the ids in masks."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np

from seqaug.utils.histogram import label_histogram

Array = np.ndarray[Any, Any]

_SHOWN = 6


class IdCounts(NamedTuple):
    """The ids of one mask or several.

    Attributes:
        ids: the distinct ids, ascending, (n,), int64.
        pixels: the number of pixels of each, (n,), int64.
        masks: the number of masks counted.
        max_distinct: the largest number of distinct ids in one mask.
    """

    ids: Array
    pixels: Array
    masks: int
    max_distinct: int

    @classmethod
    def of(cls, mask: Array) -> IdCounts:
        """Count the ids of a mask, (H, W), of integers or bool."""
        if mask.dtype == np.uint8:
            histogram = label_histogram(mask)
            ids = np.flatnonzero(histogram)
            return cls(ids, histogram[ids].astype(np.int64), 1, len(ids))
        ids, pixels = np.unique(mask, return_counts=True)
        return cls(ids.astype(np.int64), pixels.astype(np.int64), 1, len(ids))

    @classmethod
    def total(cls, counts: Iterable[IdCounts]) -> IdCounts:
        """Sum the counts of one or more masks."""
        parts = list(counts)
        ids, inverse = np.unique(np.concatenate([part.ids for part in parts]), return_inverse=True)
        pixels = np.bincount(inverse, np.concatenate([part.pixels for part in parts]), len(ids)).astype(np.int64)
        max_distinct = max(part.max_distinct for part in parts)
        return cls(ids, pixels, sum(part.masks for part in parts), max_distinct)

    def share(self, label: int) -> float:
        """Give the share of pixels with this id."""
        return float(self.pixels[self.ids == label].sum() / self.pixels.sum())

    def without(self, label: int | None) -> IdCounts:
        """Leave out an id; None leaves out none."""
        kept = self.ids != label
        return self if label is None else self._replace(ids=self.ids[kept], pixels=self.pixels[kept])

    def __str__(self) -> str:
        shown = [f"{label} ({self.share(label):.1%})" for label in self.ids[:_SHOWN].tolist()]
        more = len(self.ids) - len(shown)
        listed = ", ".join(shown) + (f" and {more} more values, up to {self.ids[-1]}" if more else "")
        return f"the {self.masks} masks checked hold {listed}" if self.masks > 1 else f"it holds {listed}"
