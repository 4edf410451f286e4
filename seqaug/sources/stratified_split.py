"""Stratified split: two subsets that contain each class in equal shares."""

from __future__ import annotations

from typing import Any

import numpy as np

from seqaug.statistics.counts import ClassCounts, SamplesByClass

Indices = np.ndarray[Any, np.dtype[np.int64]]

# Cost of a class missing from one subset; it outweighs all squared deviations together.
_MISSING_COST = 1e12


def stratified_choice(counts: ClassCounts, size: int, generator: np.random.Generator) -> np.ndarray[Any, Any]:
    """Choose samples so that each class occurs in the same share of chosen and of other samples.

    Iterative stratification (Sechidis, Tsoumakas, Vlahavas, "On the Stratification of Multi-Label Data", ECML PKDD
    2011) by the classes that samples contain: the class with the fewest unassigned samples is assigned first, each
    sample to the subset that lacks most of it; samples without classes fill up. Two additions: a class of at least two
    samples goes to both subsets if its unassigned samples allow it, and finally the samples that unbalance classes
    least change sides until the size is exact.

    Args:
        counts: pixels of each class in each sample.
        size: number of samples to choose, 1 to N - 1.
        generator: random generator of the choice.

    Returns:
        (N,), bool; `size` samples are True.
    """
    return _Stratification(counts, size, generator).chosen


class _Stratification:
    def __init__(self, counts: ClassCounts, size: int, generator: np.random.Generator) -> None:
        self._counts = counts
        self._size = size
        self._share = size / len(counts)
        self._generator = generator
        self._total = counts.samples_per_class()
        self._chosen_per_class = np.zeros(counts.num_classes, np.int64)
        self._unassigned = self._total.copy()
        self._is_unassigned = np.ones(len(counts), bool)
        self.chosen = np.zeros(len(counts), bool)
        self._assign_classes()
        self._fill_up()
        self._correct_size()

    def _assign_classes(self) -> None:
        samples = SamplesByClass(self._counts)
        while self._unassigned.any():
            rarest = int(np.where(self._unassigned, self._unassigned, len(self._counts) + 1).argmin())
            left = samples[rarest]
            left = self._generator.permutation(left[self._is_unassigned[left]])
            chosen = left[: self._wanted(rarest)]
            self.chosen[chosen] = True
            self._is_unassigned[left] = False
            self._chosen_per_class += self._samples_per_class(chosen)
            self._unassigned -= self._samples_per_class(left)

    def _wanted(self, class_id: int) -> int:
        """Return how many of a class's unassigned samples to choose.

        Both subsets together lack exactly the unassigned samples, so assigning each sample to the subset that lacks
        more gives the chosen subset what it lacks, rounded.
        """
        left, assigned = int(self._unassigned[class_id]), int(self._chosen_per_class[class_id])
        total = int(self._total[class_id])
        lacking = total * self._share - assigned
        wanted = int(np.floor(lacking))
        if lacking - wanted > 0.5 or (lacking - wanted == 0.5 and self._lacks_more_samples()):
            wanted += 1
        if total > 1:
            in_other = total - left - assigned
            wanted = min(max(wanted, 1 - assigned), left - (1 - in_other))
        return min(max(wanted, 0), left)

    def _lacks_more_samples(self) -> bool:
        lacking = self._size - np.count_nonzero(self.chosen)
        return bool(2 * lacking > np.count_nonzero(self._is_unassigned))

    def _fill_up(self) -> None:
        left = self._generator.permutation(np.flatnonzero(self._is_unassigned))
        self.chosen[left[: max(self._size - np.count_nonzero(self.chosen), 0)]] = True

    def _correct_size(self) -> None:
        excess = np.count_nonzero(self.chosen) - self._size
        step = -1 if excess > 0 else 1
        # Among samples of equal cost, the first in a random order moves.
        candidates = self._generator.permutation(len(self.chosen)) if excess else np.empty(0, np.int64)
        for _ in range(abs(excess)):
            candidates = candidates[self.chosen[candidates] == (step < 0)]
            moved = candidates[self._moving_costs(step)[candidates].argmin()]
            self.chosen[moved] = step > 0
            self._chosen_per_class += step * self._samples_per_class(np.array([moved]))

    def _moving_costs(self, step: int) -> np.ndarray[Any, np.dtype[np.float64]]:
        """Return, (N,), how much moving each sample into (1) or out of (-1) the chosen raises class deviations."""
        chosen, total = self._chosen_per_class, self._total
        before, after = chosen - total * self._share, chosen + step - total * self._share
        # Squared, relative to the variance of a random split.
        costs = (after**2 - before**2) / np.maximum(total, 1)
        remaining = chosen if step < 0 else total - chosen
        costs += np.where((remaining == 1) & (total > 1), _MISSING_COST, 0)
        return np.bincount(self._counts.samples(), costs[self._counts.indices], len(self._counts)).astype(np.float64)

    def _samples_per_class(self, samples: np.ndarray[Any, Any]) -> Indices:
        starts, ends = self._counts.indptr[samples], self._counts.indptr[samples + 1]
        lengths = ends - starts
        entries = np.arange(lengths.sum()) + np.repeat(starts - np.cumsum(lengths) + lengths, lengths)
        return np.bincount(self._counts.indices[entries], minlength=self._counts.num_classes)
