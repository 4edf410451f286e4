"""A split in two whose parts contain each class alike."""

from __future__ import annotations

from typing import Any

import numpy as np

from seqaug.statistics.counts import ClassCounts, SamplesByClass

Indices = np.ndarray[Any, np.dtype[np.int64]]

# What it costs that a class vanishes from a part, beside which all squared deviations together are small.
_VANISHED = 1e12


def stratified_choice(counts: ClassCounts, size: int, generator: np.random.Generator) -> np.ndarray[Any, Any]:
    """Choose samples such that each class is in as large a share of them as of the others.

    Iterative stratification (Sechidis, Tsoumakas, Vlahavas, "On the Stratification of Multi-Label Data", ECML PKDD
    2011) on which classes a sample contains: the class that the fewest unassigned samples contain is shared out
    first, each of its samples to the part that lacks most of it; samples without any class fill up. Two things
    are added: a class of two samples or more goes to both parts where the samples left to it allow that, and in the end
    the samples that unbalance the classes least change sides until the size is exact.

    Args:
        counts: pixels of each class in each sample.
        size: how many to choose, 1 to N - 1.
        generator: makes the choice.

    Returns:
        Which samples are chosen, (N,), bool; `size` of them.
    """
    return _Stratification(counts, size, generator).chosen


class _Stratification:
    def __init__(self, counts: ClassCounts, size: int, generator: np.random.Generator) -> None:
        self._counts = counts
        self._size = size
        self._share = size / len(counts)
        self._generator = generator
        self._total = counts.samples_per_class()
        self._there = np.zeros(counts.num_classes, np.int64)
        self._unassigned = self._total.copy()
        self._is_unassigned = np.ones(len(counts), bool)
        self.chosen = np.zeros(len(counts), bool)
        self._share_out_classes()
        self._fill_up()
        self._mend_size()

    def _share_out_classes(self) -> None:
        samples = SamplesByClass(self._counts)
        while self._unassigned.any():
            rarest = int(np.where(self._unassigned, self._unassigned, len(self._counts) + 1).argmin())
            left = samples[rarest]
            left = self._generator.permutation(left[self._is_unassigned[left]])
            chosen = left[: self._wanted(rarest)]
            self.chosen[chosen] = True
            self._is_unassigned[left] = False
            self._there += self._samples_per_class(chosen)
            self._unassigned -= self._samples_per_class(left)

    def _wanted(self, class_id: int) -> int:
        """Say how many of a class's unassigned samples are to be chosen.

        What the two parts lack is together what is left, so giving each sample to the part that lacks more ends
        where the chosen part has what it lacks, rounded.
        """
        left, there = int(self._unassigned[class_id]), int(self._there[class_id])
        total = int(self._total[class_id])
        lacking = total * self._share - there
        wanted = int(np.floor(lacking))
        if lacking - wanted > 0.5 or (lacking - wanted == 0.5 and self._lacks_more_samples()):
            wanted += 1
        if total > 1:
            elsewhere = total - left - there
            wanted = min(max(wanted, 1 - there), left - (1 - elsewhere))
        return min(max(wanted, 0), left)

    def _lacks_more_samples(self) -> bool:
        lacking = self._size - np.count_nonzero(self.chosen)
        return bool(2 * lacking > np.count_nonzero(self._is_unassigned))

    def _fill_up(self) -> None:
        left = self._generator.permutation(np.flatnonzero(self._is_unassigned))
        self.chosen[left[: max(self._size - np.count_nonzero(self.chosen), 0)]] = True

    def _mend_size(self) -> None:
        excess = np.count_nonzero(self.chosen) - self._size
        step = -1 if excess > 0 else 1
        # Of samples that cost the same, the first in a drawn order moves.
        order = self._generator.permutation(len(self.chosen)) if excess else np.empty(0, np.int64)
        for _ in range(abs(excess)):
            order = order[self.chosen[order] == (step < 0)]
            moved = order[self._costs_of_moving(step)[order].argmin()]
            self.chosen[moved] = step > 0
            self._there += step * self._samples_per_class(np.array([moved]))

    def _costs_of_moving(self, step: int) -> np.ndarray[Any, np.dtype[np.float64]]:
        """Give by how much each sample's moving to (1) or from (-1) the chosen raises the classes' deviations."""
        there, total = self._there, self._total
        before, after = there - total * self._share, there + step - total * self._share
        # Squared, and relative to what chance would give.
        costs = (after**2 - before**2) / np.maximum(total, 1)
        remaining = there if step < 0 else total - there
        costs += np.where((remaining == 1) & (total > 1), _VANISHED, 0)
        return np.bincount(self._counts.samples(), costs[self._counts.indices], len(self._counts)).astype(np.float64)

    def _samples_per_class(self, samples: np.ndarray[Any, Any]) -> Indices:
        starts, ends = self._counts.indptr[samples], self._counts.indptr[samples + 1]
        lengths = ends - starts
        entries = np.arange(lengths.sum()) + np.repeat(starts - np.cumsum(lengths) + lengths, lengths)
        return np.bincount(self._counts.indices[entries], minlength=self._counts.num_classes)
