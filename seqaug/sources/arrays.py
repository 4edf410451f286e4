"""Pairs of arrays in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from seqaug.sources.base import CacheKey, Sample

Arrays = np.ndarray[Any, Any] | Sequence[np.ndarray[Any, Any]]


class ArrayPairs:
    """Images and masks in memory, paired by their place.

    Args:
        images: (N, H, W, C) or (N, H, W), or a sequence of N arrays (H, W, C) or (H, W) of any sizes.
        masks: as many: (N, H, W) or (N, H, W, 1) class ids, or (N, H, W, 3) palette colours, or a sequence of them.

    Raises:
        ValueError: they are not equally many.
    """

    has_keys = False

    def __init__(self, images: Arrays, masks: Arrays) -> None:
        if len(images) != len(masks):
            raise ValueError(f"{len(images)} images and {len(masks)} masks; expected one mask for each image")
        self._images = images
        self._masks = masks

    @property
    def fingerprint(self) -> str:
        """Name arrays."""
        return "arrays"

    def __len__(self) -> int:
        return len(self._images)

    def __getitem__(self, index: int) -> Sample:
        return Sample(self._images[index], self._masks[index])

    def load(self, index: int) -> Mapping[str, np.ndarray[Any, Any]]:
        """Give views of both arrays."""
        return {"image": self._images[index], "mask": self._masks[index]}

    def load_mask(self, index: int) -> np.ndarray[Any, Any]:
        """Give a view of the mask."""
        return self._masks[index]

    def describe(self, index: int) -> str:
        """Name the arrays' rows."""
        return f"images[{index}], masks[{index}]"

    def cache_key(self, index: int) -> CacheKey | None:
        """Give None: they are decoded, and in memory."""
        return None


def are_arrays(values: Any) -> bool:
    """Tell whether values are pixels: an array of 3 dimensions or more, or a sequence of arrays of 2 or more."""
    if isinstance(values, np.ndarray) and values.ndim >= 3:
        return True
    if not isinstance(values, Sequence) or isinstance(values, str) or not len(values):
        return False
    return isinstance(values[0], np.ndarray) and values[0].ndim >= 2
