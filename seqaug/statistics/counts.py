"""The pixels of each class in each sample."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
Counts = np.ndarray[Any, np.dtype[np.int64]]

_PART = 2**16  # samples that are summed at a time, so that sums over a million need little memory of their own


class ClassCounts:
    """Pixels of each class in each sample, of which only those that there are take memory.

    A sample takes 12 bytes, and 6 more for each class that it contains: 132 bytes with 20 classes.

    Args:
        starts: where each sample's classes begin in the two arrays below, and, last, where they end: (N + 1,), int64.
        classes: the class ids that a sample contains, ascending, one sample behind the other: (n,), uint16.
        pixels: how many pixels each of them has, 1 or more: (n,), uint32.
        num_classes: how many classes there are.
        ignored: how many pixels of each sample belong to no class: (N,), uint32; None: none do.
    """

    def __init__(
        self, starts: Array, classes: Array, pixels: Array, num_classes: int, ignored: Array | None = None
    ) -> None:
        self.starts = np.asarray(starts, np.int64)
        self.classes = np.asarray(classes, np.uint16)
        self.pixels = np.asarray(pixels, np.uint32)
        self.num_classes = num_classes
        self.ignored = np.asarray(np.zeros(len(self), np.uint32) if ignored is None else ignored, np.uint32)

    @classmethod
    def from_rows(cls, rows: Any, num_classes: int, ignored: Array | None = None) -> ClassCounts:
        """Take the counts of samples in full, (N, num_classes), and their ignored pixels, (N,)."""
        table = np.asarray(rows).reshape(-1, num_classes)
        samples, classes = np.nonzero(table)
        starts = np.searchsorted(samples, np.arange(len(table) + 1))
        return cls(starts, classes, table[samples, classes], num_classes, ignored)

    def to_rows(self) -> Counts:
        """Give the counts in full, (N, num_classes), int64."""
        table = np.zeros((len(self), self.num_classes), np.int64)
        table[self.samples(), self.classes] = self.pixels
        return table

    def __len__(self) -> int:
        """Count the samples."""
        return len(self.starts) - 1

    def of_sample(self, index: int) -> Counts:
        """Give the pixels of each class in one sample, (num_classes,), int64."""
        counts = np.zeros(self.num_classes, np.int64)
        part = slice(self.starts[index], self.starts[index + 1])
        counts[self.classes[part]] = self.pixels[part]
        return counts

    def take(self, indices: Array) -> ClassCounts:
        """Give the counts of some samples, in the order of `indices`; a sample of index -1 contains nothing."""
        lengths = np.where(indices < 0, 0, self.starts[indices + 1] - self.starts[indices])
        ignored = np.where(indices < 0, 0, self.ignored[indices])
        starts = np.concatenate([[0], np.cumsum(lengths)])
        entries = np.arange(starts[-1]) + np.repeat(self.starts[indices] - starts[:-1], lengths)
        return ClassCounts(starts, self.classes[entries], self.pixels[entries], self.num_classes, ignored)

    def samples(self) -> Counts:
        """Give, for each entry of `classes` and `pixels`, the sample that it belongs to, (n,), int64."""
        return np.repeat(np.arange(len(self)), np.diff(self.starts))

    def pixels_per_class(self) -> Counts:
        """Sum the pixels of each class, (num_classes,), int64."""
        total = np.zeros(self.num_classes, np.int64)
        for part in self.parts():
            total += _sums(part.classes, part.pixels, self.num_classes)
        return total

    def samples_per_class(self) -> Counts:
        """Count the samples that contain each class, (num_classes,), int64."""
        total = np.zeros(self.num_classes, np.int64)
        for part in self.parts():
            total += np.bincount(part.classes, minlength=self.num_classes)
        return total

    def pixels_per_sample(self) -> Counts:
        """Sum the pixels of each sample over its classes, without ignored ones, (N,), int64."""
        return np.concatenate([np.empty(0, np.int64), *(_pixels_per_sample(part) for part in self.parts())])

    def pixels_of_samples_with_class(self) -> Counts:
        """Sum the pixels, without ignored ones, of the samples that contain each class, (num_classes,), int64."""
        total = np.zeros(self.num_classes, np.int64)
        for part in self.parts():
            beside = np.repeat(_pixels_per_sample(part), np.diff(part.starts))
            total += _sums(part.classes, beside, self.num_classes)
        return total

    def parts(self) -> Iterator[ClassCounts]:
        """Give the counts of consecutive samples, as many at a time as need little memory."""
        for first in range(0, len(self), _PART):
            starts = self.starts[first : first + _PART + 1]
            entries = slice(starts[0], starts[-1])
            ignored = self.ignored[first : first + _PART]
            yield ClassCounts(
                starts - starts[0], self.classes[entries], self.pixels[entries], self.num_classes, ignored
            )


def _pixels_per_sample(counts: ClassCounts) -> Counts:
    return _sums(counts.samples(), counts.pixels, len(counts))


def _sums(places: Array, numbers: Array, length: int) -> Counts:
    # Exact: a double holds whole numbers up to 2^53, which is 2^21 of the largest images.
    return np.bincount(places, numbers, length).astype(np.int64)


# Half the memory of an int64, and enough for 2 thousand million samples.
Samples = np.ndarray[Any, np.dtype[np.int32]]


class SamplesByClass:
    """The samples that contain each class, ascending; 4 bytes for each class in each sample.

    Args:
        counts: pixels of each class in each sample.
        at_least: how many pixels of a class a sample has to have so as to be listed for it, for each class,
            (num_classes,); None: one.
    """

    def __init__(self, counts: ClassCounts, at_least: np.ndarray[Any, Any] | None = None) -> None:
        classes = counts.classes
        samples = np.repeat(np.arange(len(counts), dtype=np.int32), np.diff(counts.starts))
        if at_least is not None:
            enough = counts.pixels >= np.asarray(at_least, np.uint32)[classes]
            classes, samples = classes[enough], samples[enough]
        self._samples: Samples = samples[np.argsort(classes, kind="stable")]
        self._ends = np.cumsum(np.bincount(classes, minlength=counts.num_classes))

    def __getitem__(self, class_id: int) -> Samples:
        """Give the samples that are listed for a class, (n,), int32."""
        return self._samples[self._ends[class_id - 1] if class_id else 0 : self._ends[class_id]]
