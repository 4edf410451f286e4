"""Counts of a scan in progress."""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from typing import Any

import numpy as np

from seqaug.statistics.counts import ClassCounts

Array = np.ndarray[Any, Any]

_BLOCK = 2**19  # numbers in the dense block: 2 MiB, or 25,000 samples of 20 classes
_LARGE = 2**16  # bytes


class PartialCounts:
    """The counts of the samples scanned so far, added in any order and stored sparsely.

    Samples are stored in blocks of neighbours. One block at a time is dense and takes additions, the others are sparse;
    the closer samples arrive to their own order, the fewer blocks are converted.

    Args:
        num_samples: the number of samples.
        num_classes: the number of classes.

    Attributes:
        num_classes: the number of classes.
        known: which samples have been scanned, (num_samples,), bool.
    """

    def __init__(self, num_samples: int, num_classes: int) -> None:
        self.num_classes = num_classes
        self.known = np.zeros(num_samples, bool)
        self._block = max(1, _BLOCK // (num_classes + 1))
        self._blocks: dict[int, ClassCounts] = {}
        self._dense_number: int | None = None
        self._dense = np.empty((0, num_classes + 1), np.uint32)

    @classmethod
    def from_counts(cls, counts: ClassCounts, locations: Array) -> PartialCounts:
        """Start with samples that were counted before.

        Args:
            counts: counts of any samples.
            locations: the index of each sample in `counts`, or -1 if it is not there: (num_samples,), int64.
        """
        partial = cls(len(locations), counts.num_classes)
        partial.known = locations >= 0
        for first in range(0, len(locations), partial._block):
            in_block = locations[first : first + partial._block]
            if (in_block >= 0).any():
                partial._blocks[first // partial._block] = _in_own_memory(counts.take(in_block))
        return partial

    def add(self, indices: Array, rows: Array) -> None:
        """Add the counts of some samples; they replace what was known of these.

        Args:
            indices: the indices of the samples, (n,), integers, each once.
            rows: pixels of each class and, last, ignored pixels, (n, num_classes + 1), uint32.
        """
        numbers = indices // self._block
        for number in np.unique(numbers):
            in_block = numbers == number
            self._dense_block(int(number))[indices[in_block] % self._block] = rows[in_block]
        self.known[indices] = True

    def blocks(self) -> Iterator[tuple[slice, ClassCounts]]:
        """Give the blocks that have known samples, in order: their samples and counts."""
        self._compress()
        for number in sorted(self._blocks):
            yield self._samples(number), self._blocks[number]

    def finish(self) -> ClassCounts:
        """Give the counts of all samples, with no pixels for unknown ones, and forget them.

        Blocks are freed one by one, so that the counts need their memory only once.
        """
        indptr = np.zeros(len(self.known) + 1, np.int64)
        for samples, block in self.blocks():
            indptr[samples.start + 1 : samples.stop + 1] = np.diff(block.indptr)
        np.cumsum(indptr, out=indptr)
        classes = np.empty(indptr[-1], np.uint16)
        pixels = np.empty(indptr[-1], np.uint32)
        ignored = np.zeros(len(self.known), np.uint32)
        while self._blocks:
            number, block = self._blocks.popitem()
            samples = self._samples(number)
            entries = slice(indptr[samples.start], indptr[samples.stop])
            classes[entries], pixels[entries], ignored[samples] = block.indices, block.data, block.ignored
        self.known = np.zeros(len(self.known), bool)
        return ClassCounts(indptr, classes, pixels, self.num_classes, ignored)

    def _samples(self, number: int) -> slice:
        return slice(number * self._block, min((number + 1) * self._block, len(self.known)))

    def _dense_block(self, number: int) -> Array:
        if number != self._dense_number:
            self._compress()
            samples = self._samples(number)
            self._dense = np.zeros((samples.stop - samples.start, self.num_classes + 1), np.uint32)
            if number in self._blocks:
                block = self._blocks.pop(number)
                self._dense[:, :-1], self._dense[:, -1] = block.to_rows(), block.ignored
            self._dense_number = number
        return self._dense

    def _compress(self) -> None:
        if self._dense_number is not None:
            rows, ignored = self._dense[:, :-1], self._dense[:, -1].copy()
            self._blocks[self._dense_number] = _in_own_memory(ClassCounts.from_rows(rows, self.num_classes, ignored))
            self._dense_number = None


def _in_own_memory(block: ClassCounts) -> ClassCounts:
    """Copy a block to anonymous maps, which free their memory with it; the allocator would keep small arrays."""
    arrays = (block.indptr, block.indices, block.data, block.ignored)
    indptr, indices, data, ignored = (_mapped(array) if array.nbytes > _LARGE else array for array in arrays)
    return ClassCounts(indptr, indices, data, block.num_classes, ignored)


def _mapped(array: Array) -> Array:
    mapped = np.frombuffer(mmap.mmap(-1, array.nbytes, access=mmap.ACCESS_COPY), array.dtype)
    mapped[...] = array
    return mapped
