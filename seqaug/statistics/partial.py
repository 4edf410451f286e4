"""Counts of a scan that is under way."""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from typing import Any

import numpy as np

from seqaug.statistics.counts import ClassCounts

Array = np.ndarray[Any, Any]

_BLOCK = 2**19  # numbers in the block that lies open: 2 MiB, or 25,000 samples of 20 classes
_LARGE = 2**16  # bytes


class PartialCounts:
    """The counts of those samples that have been scanned, which come in any order and are packed as they come.

    Samples are packed a block of neighbours at a time. The block that samples come in for lies open, in full; the
    nearer the order is to that of the samples, the less often another one must be opened.

    Args:
        num_samples: how many samples there are.
        num_classes: how many classes there are.

    Attributes:
        num_classes: how many classes there are.
        known: which samples have been scanned, (num_samples,), bool.
    """

    def __init__(self, num_samples: int, num_classes: int) -> None:
        self.num_classes = num_classes
        self.known = np.zeros(num_samples, bool)
        self._block = max(1, _BLOCK // (num_classes + 1))
        self._packed: dict[int, ClassCounts] = {}
        self._open: int | None = None
        self._table = np.empty((0, num_classes + 1), np.uint32)

    @classmethod
    def taken(cls, counts: ClassCounts, places: Array) -> PartialCounts:
        """Begin with samples that were counted before.

        Args:
            counts: counts of any samples.
            places: for each sample, where in `counts` it is, or -1 where it is not there: (num_samples,), int64.
        """
        partial = cls(len(places), counts.num_classes)
        partial.known = places >= 0
        for first in range(0, len(places), partial._block):
            here = places[first : first + partial._block]
            if (here >= 0).any():
                partial._packed[first // partial._block] = _apart(counts.take(here))
        return partial

    def add(self, indices: Array, rows: Array) -> None:
        """Take in the counts of some samples, in place of what was known of them.

        Args:
            indices: which samples, (n,), integers, each once.
            rows: pixels of each class and, last, the ignored ones, (n, num_classes + 1), uint32.
        """
        numbers = indices // self._block
        for number in np.unique(numbers):
            here = numbers == number
            self._opened(int(number))[indices[here] % self._block] = rows[here]
        self.known[indices] = True

    def blocks(self) -> Iterator[tuple[slice, ClassCounts]]:
        """Give neighbouring samples and their counts, in order, without blocks of which nothing is known."""
        self._close()
        for number in sorted(self._packed):
            yield self._samples(number), self._packed[number]

    def finish(self) -> ClassCounts:
        """Give the counts of all samples; those that are not known contain nothing.

        It takes its blocks apart as it goes, so that memory is needed once, and knows nothing afterwards.
        """
        starts = np.zeros(len(self.known) + 1, np.int64)
        for samples, block in self.blocks():
            starts[samples.start + 1 : samples.stop + 1] = np.diff(block.starts)
        np.cumsum(starts, out=starts)
        classes = np.empty(starts[-1], np.uint16)
        pixels = np.empty(starts[-1], np.uint32)
        ignored = np.zeros(len(self.known), np.uint32)
        while self._packed:
            number, block = self._packed.popitem()
            samples = self._samples(number)
            entries = slice(starts[samples.start], starts[samples.stop])
            classes[entries], pixels[entries], ignored[samples] = block.classes, block.pixels, block.ignored
        self.known = np.zeros(len(self.known), bool)
        return ClassCounts(starts, classes, pixels, self.num_classes, ignored)

    def _samples(self, number: int) -> slice:
        return slice(number * self._block, min((number + 1) * self._block, len(self.known)))

    def _opened(self, number: int) -> Array:
        if number != self._open:
            self._close()
            samples = self._samples(number)
            self._table = np.zeros((samples.stop - samples.start, self.num_classes + 1), np.uint32)
            if number in self._packed:
                block = self._packed.pop(number)
                self._table[:, :-1], self._table[:, -1] = block.to_rows(), block.ignored
            self._open = number
        return self._table

    def _close(self) -> None:
        if self._open is not None:
            classes, ignored = self._table[:, :-1], self._table[:, -1].copy()
            self._packed[self._open] = _apart(ClassCounts.from_rows(classes, self.num_classes, ignored))
            self._open = None


def _apart(block: ClassCounts) -> ClassCounts:
    """Move a block to memory of its own, which goes back to the system with it; freed small arrays stay about."""
    arrays = (block.starts, block.classes, block.pixels, block.ignored)
    starts, classes, pixels, ignored = (_moved(array) if array.nbytes > _LARGE else array for array in arrays)
    return ClassCounts(starts, classes, pixels, block.num_classes, ignored)


def _moved(array: Array) -> Array:
    moved = np.frombuffer(mmap.mmap(-1, array.nbytes, access=mmap.ACCESS_COPY), array.dtype)
    moved[...] = array
    return moved
