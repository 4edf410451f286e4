"""Which ids masks hold, and how often."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np

from seqaug.utils.histogram import label_histogram

Array = np.ndarray[Any, Any]

_SHOWN = 6


class IdCounts(NamedTuple):
    """The ids of one mask or of several.

    Attributes:
        ids: the distinct ones, ascending, (n,), int64.
        pixels: how many pixels each has, (n,), int64.
        masks: how many masks were counted.
        most_in_one: how many distinct ids the mask has that has most.
    """

    ids: Array
    pixels: Array
    masks: int
    most_in_one: int

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
    def together(cls, counts: Iterable[IdCounts]) -> IdCounts:
        """Sum the counts of several masks, of at least one."""
        several = list(counts)
        ids, place = np.unique(np.concatenate([one.ids for one in several]), return_inverse=True)
        pixels = np.bincount(place, np.concatenate([one.pixels for one in several]), len(ids)).astype(np.int64)
        most = max(one.most_in_one for one in several)
        return cls(ids, pixels, sum(one.masks for one in several), most)

    def share(self, label: int) -> float:
        """Give the share of the pixels that have an id."""
        return float(self.pixels[self.ids == label].sum() / self.pixels.sum())

    def without(self, label: int | None) -> IdCounts:
        """Leave out an id."""
        kept = self.ids != label
        return self if label is None else self._replace(ids=self.ids[kept], pixels=self.pixels[kept])

    def __str__(self) -> str:
        shown = [f"{label} ({self.share(label):.1%})" for label in self.ids[:_SHOWN].tolist()]
        more = len(self.ids) - len(shown)
        listed = ", ".join(shown) + (f" and {more} more values, up to {self.ids[-1]}" if more else "")
        return f"the {self.masks} masks looked at hold {listed}" if self.masks > 1 else f"it holds {listed}"
