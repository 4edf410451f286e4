"""How many pixels of each class each sample has."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

Counts = np.ndarray[Any, np.dtype[np.int64]]


class ClassCounts:
    """Pixels of each class in each sample, of which only those that there are take memory.

    A sample takes 8 bytes, and 6 more for each class that it contains: 128 bytes with 20 classes.

    Args:
        starts: where each sample's classes begin in the two arrays below, and, last, where they end: (N + 1,), int64.
        classes: the class ids that a sample contains, ascending, one sample behind the other: (n,), uint16.
        pixels: how many pixels each of them has, 1 or more: (n,), uint32.
        num_classes: how many classes there are.
    """

    def __init__(
        self,
        starts: np.ndarray[Any, Any],
        classes: np.ndarray[Any, Any],
        pixels: np.ndarray[Any, Any],
        num_classes: int,
    ) -> None:
        self.starts = np.asarray(starts, np.int64)
        self.classes = np.asarray(classes, np.uint16)
        self.pixels = np.asarray(pixels, np.uint32)
        self.num_classes = num_classes

    @classmethod
    def from_rows(cls, rows: Iterable[np.ndarray[Any, Any]], num_classes: int) -> ClassCounts:
        """Take the counts of samples, (num_classes,) each, in their order."""
        lengths, classes, pixels = [0], [np.empty(0, np.uint16)], [np.empty(0, np.uint32)]
        for row in rows:
            found = np.flatnonzero(row)
            lengths.append(len(found))
            classes.append(found.astype(np.uint16))
            pixels.append(np.asarray(row)[found].astype(np.uint32))
        return cls(np.cumsum(lengths), np.concatenate(classes), np.concatenate(pixels), num_classes)

    def __len__(self) -> int:
        """Count the samples."""
        return len(self.starts) - 1

    def of_sample(self, index: int) -> Counts:
        """Give the pixels of each class in one sample, (num_classes,), int64."""
        counts = np.zeros(self.num_classes, np.int64)
        part = slice(self.starts[index], self.starts[index + 1])
        counts[self.classes[part]] = self.pixels[part]
        return counts

    def samples(self) -> Counts:
        """Give, for each entry of `classes` and `pixels`, the sample that it belongs to, (n,), int64."""
        return np.repeat(np.arange(len(self)), np.diff(self.starts))

    def pixels_per_class(self) -> Counts:
        """Sum the pixels of each class, (num_classes,), int64."""
        # Exact: a double holds whole numbers up to 2^53.
        return np.bincount(self.classes, self.pixels, self.num_classes).astype(np.int64)

    def samples_per_class(self) -> Counts:
        """Count the samples that contain each class, (num_classes,), int64."""
        return np.bincount(self.classes, minlength=self.num_classes)

    def pixels_per_sample(self) -> Counts:
        """Sum the pixels of each sample over its classes, without ignored ones, (N,), int64."""
        return np.bincount(self.samples(), self.pixels, len(self)).astype(np.int64)
