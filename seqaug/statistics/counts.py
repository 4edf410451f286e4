"""Sparse counts of the pixels of each class in each sample."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
Counts = np.ndarray[Any, np.dtype[np.int64]]

_CHUNK = 2**16  # samples summed at a time, so that sums over a million samples need little extra memory


class ClassCounts:
    """Pixels of each class in each sample: an (N, num_classes) matrix in CSR format, as in `scipy.sparse.csr_array`.

    A sample takes 12 bytes, and 6 more for each class that it contains: 132 bytes with 20 classes.

    Args:
        indptr: sample i has the entries `indptr[i]` to `indptr[i + 1]` of the two arrays below: (N + 1,), int64.
        indices: the class ids that each sample contains, ascending, sample after sample: (n,), uint16.
        data: the number of pixels of each of these classes, 1 or more: (n,), uint32.
        num_classes: the number of classes.
        ignored: the number of pixels of each sample that belong to no class: (N,), uint32; None: 0 for all.
    """

    def __init__(
        self, indptr: Array, indices: Array, data: Array, num_classes: int, ignored: Array | None = None
    ) -> None:
        self.indptr = np.asarray(indptr, np.int64)
        self.indices = np.asarray(indices, np.uint16)
        self.data = np.asarray(data, np.uint32)
        self.num_classes = num_classes
        self.ignored = np.asarray(np.zeros(len(self), np.uint32) if ignored is None else ignored, np.uint32)

    @classmethod
    def from_rows(cls, rows: Any, num_classes: int, ignored: Array | None = None) -> ClassCounts:
        """Build counts from a dense matrix, (N, num_classes), and the ignored pixels, (N,)."""
        table = np.asarray(rows).reshape(-1, num_classes)
        samples, classes = np.nonzero(table)
        indptr = np.searchsorted(samples, np.arange(len(table) + 1))
        return cls(indptr, classes, table[samples, classes], num_classes, ignored)

    @classmethod
    def concatenate(cls, parts: Sequence[ClassCounts]) -> ClassCounts:
        """Join the counts of samples of the same classes, one part after another."""
        lengths = np.concatenate([np.diff(part.indptr) for part in parts])
        return cls(
            np.concatenate([[0], np.cumsum(lengths)]),
            np.concatenate([part.indices for part in parts]),
            np.concatenate([part.data for part in parts]),
            parts[0].num_classes,
            np.concatenate([part.ignored for part in parts]),
        )

    def to_rows(self) -> Counts:
        """Give the counts as a dense matrix, (N, num_classes), int64."""
        table = np.zeros((len(self), self.num_classes), np.int64)
        table[self.samples(), self.indices] = self.data
        return table

    def __len__(self) -> int:
        """Count the samples."""
        return len(self.indptr) - 1

    def of_sample(self, index: int) -> Counts:
        """Give the pixels of each class in one sample, (num_classes,), int64."""
        counts = np.zeros(self.num_classes, np.int64)
        entries = slice(self.indptr[index], self.indptr[index + 1])
        counts[self.indices[entries]] = self.data[entries]
        return counts

    def take(self, indices: Array) -> ClassCounts:
        """Give the counts of some samples, in the order of `indices`; the index -1 gives a sample without pixels."""
        lengths = np.where(indices < 0, 0, self.indptr[indices + 1] - self.indptr[indices])
        ignored = np.where(indices < 0, 0, self.ignored[indices])
        indptr = np.concatenate([[0], np.cumsum(lengths)])
        entries = np.arange(indptr[-1]) + np.repeat(self.indptr[indices] - indptr[:-1], lengths)
        return ClassCounts(indptr, self.indices[entries], self.data[entries], self.num_classes, ignored)

    def samples(self) -> Counts:
        """Give the sample of each entry of `indices` and `data`, (n,), int64."""
        return np.repeat(np.arange(len(self)), np.diff(self.indptr))

    def pixels_per_class(self) -> Counts:
        """Sum the pixels of each class, (num_classes,), int64."""
        total = np.zeros(self.num_classes, np.int64)
        for chunk in self.chunks():
            total += _sums(chunk.indices, chunk.data, self.num_classes)
        return total

    def samples_per_class(self) -> Counts:
        """Count the samples that contain each class, (num_classes,), int64."""
        total = np.zeros(self.num_classes, np.int64)
        for chunk in self.chunks():
            total += np.bincount(chunk.indices, minlength=self.num_classes)
        return total

    def pixels_per_sample(self) -> Counts:
        """Sum the pixels of each sample, ignored ones excluded, (N,), int64."""
        return np.concatenate([np.empty(0, np.int64), *(_pixels_per_sample(chunk) for chunk in self.chunks())])

    def pixels_of_samples_with_class(self) -> Counts:
        """Sum the pixels, ignored ones excluded, of the samples that contain each class, (num_classes,), int64."""
        total = np.zeros(self.num_classes, np.int64)
        for chunk in self.chunks():
            of_sample = np.repeat(_pixels_per_sample(chunk), np.diff(chunk.indptr))
            total += _sums(chunk.indices, of_sample, self.num_classes)
        return total

    def chunks(self) -> Iterator[ClassCounts]:
        """Give the counts of consecutive samples, a bounded number of samples at a time."""
        for first in range(0, len(self), _CHUNK):
            indptr = self.indptr[first : first + _CHUNK + 1]
            entries = slice(indptr[0], indptr[-1])
            ignored = self.ignored[first : first + _CHUNK]
            yield ClassCounts(indptr - indptr[0], self.indices[entries], self.data[entries], self.num_classes, ignored)


def _pixels_per_sample(counts: ClassCounts) -> Counts:
    return _sums(counts.samples(), counts.data, len(counts))


def _sums(bins: Array, weights: Array, num_bins: int) -> Counts:
    # Exact: a double holds integers up to 2^53, the pixels of 2^21 of the largest images.
    return np.bincount(bins, weights, num_bins).astype(np.int64)


# Half the memory of int64, and enough for 2 billion samples.
Samples = np.ndarray[Any, np.dtype[np.int32]]


class SamplesByClass:
    """Lists the samples that contain each class, ascending; 4 bytes per class in each sample.

    Args:
        counts: the pixels of each class in each sample.
        at_least: for each class, the number of pixels that a sample needs to be listed, (num_classes,); None: 1.
    """

    def __init__(self, counts: ClassCounts, at_least: np.ndarray[Any, Any] | None = None) -> None:
        classes = counts.indices
        samples = np.repeat(np.arange(len(counts), dtype=np.int32), np.diff(counts.indptr))
        if at_least is not None:
            enough = counts.data >= np.asarray(at_least, np.uint32)[classes]
            classes, samples = classes[enough], samples[enough]
        self._samples: Samples = samples[np.argsort(classes, kind="stable")]
        self._ends = np.cumsum(np.bincount(classes, minlength=counts.num_classes))

    def __getitem__(self, class_id: int) -> Samples:
        """Give the indices of the samples listed for a class, (n,), int32."""
        return self._samples[self._ends[class_id - 1] if class_id else 0 : self._ends[class_id]]
