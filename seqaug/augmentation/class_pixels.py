"""Counts of the classes in a mask, and random pixels of a class."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np

from seqaug.core.class_bits import BITS
from seqaug.utils.histogram import label_histogram

Mask = np.ndarray[Any, Any]


def count_classes(mask: Mask, ignore_index: int | None) -> dict[int, int]:
    """Count the pixels of each class in a mask.

    Args:
        mask: (H, W), any integer dtype.
        ignore_index: the label that is not a class, or None.

    Returns:
        The number of pixels of each class that occurs, by class id, ascending.
    """
    if mask.dtype in (np.uint8, np.uint16):
        histogram = label_histogram(mask)
        labels = np.flatnonzero(histogram)
        counts = histogram[labels]
    else:
        labels, counts = np.unique(mask, return_counts=True)
    return {int(label): int(count) for label, count in zip(labels, counts, strict=True) if label != ignore_index}


def count_overlapping(maps: Sequence[Mask], num_classes: int) -> dict[int, int]:
    """Count the pixels of each class in maps whose bits are classes, the top number in filled pixels.

    Args:
        maps: (H, W), uint8 or uint16, of `BITS` classes each.
        num_classes: the number of classes.

    Returns:
        The number of pixels of each class that occurs, by class id, ascending; a pixel counts for each of its classes.
    """
    counts = [count_classes(map_, int(np.iinfo(map_.dtype).max)) for map_ in maps]
    found = {
        number: sum(count for label, count in counts[number // BITS].items() if label >> number % BITS & 1)
        for number in range(num_classes)
    }
    return {number: count for number, count in found.items() if count}


def of_class(maps: Sequence[Mask], class_id: int) -> Mask:
    """Return where maps whose bits are classes have one of them, (H, W), 1 or 0."""
    map_ = maps[class_id // BITS]
    inside: Mask = (map_ >> class_id % BITS & 1) & (map_ != np.iinfo(map_.dtype).max)
    return inside.astype(np.uint8)


def class_ids(mask: Any) -> Mask:
    """Return a mask as (H, W) class ids.

    Raises:
        ValueError: it is none.
    """
    ids = np.asarray(mask)
    if ids.ndim == 3 and ids.shape[2] == 1:
        ids = ids[..., 0]
    if ids.ndim != 2 or ids.dtype.kind not in "biu":
        raise ValueError(
            f"the mask is {ids.dtype} of shape {ids.shape}; expected integer class ids, (H, W): a one-hot mask is "
            "made after the transform"
        )
    return ids.view(np.uint8) if ids.dtype == bool else ids


class ClassPixels:
    """Draws pixels of one class of a mask, with equal probability.

    Pixels are counted by row and never listed, which takes a third of the time of listing them.

    Args:
        mask: (H, W), any integer dtype.
        class_id: the class.
    """

    def __init__(self, mask: Mask, class_id: int) -> None:
        self._is_class = mask == class_id
        in_rows = cv2.reduce(self._is_class.view(np.uint8), 1, cv2.REDUCE_SUM, dtype=cv2.CV_32S)
        self._up_to_row = np.cumsum(in_rows)

    def __len__(self) -> int:
        """Count the pixels."""
        return int(self._up_to_row[-1])

    def draw(self, generator: random.Random) -> tuple[int, int]:
        """Draw one of the pixels, as (y, x); there must be at least one."""
        number = generator.randrange(len(self))
        y = int(np.searchsorted(self._up_to_row, number, side="right"))
        # A negative index, from the end of the row, whose cumulative count is known.
        x = np.flatnonzero(self._is_class[y])[number - self._up_to_row[y]]
        return y, int(x)
