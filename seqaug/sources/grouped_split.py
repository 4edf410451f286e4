"""Splits that keep groups together: sizes near the asked shares, and classes balanced as far as groups allow."""

from __future__ import annotations

import heapq
from typing import Any

import numpy as np

from seqaug.statistics.counts import ClassCounts

Array = np.ndarray[Any, Any]
Parts = np.ndarray[Any, np.dtype[np.int64]]

# Cost of a class missing from a part; it outweighs all squared deviations together.
_MISSING_COST = 1e6
_VISITS = 20_000  # groups that try to change parts: bounds the time for many groups
_MAX_PASSES = 20
_PARTNERS = 128  # groups of other parts that each of them tries to change places with


def choose_groups(sizes: Array, target: float, generator: np.random.Generator) -> Parts:
    """Choose groups of about as many samples as asked.

    Groups join in random order, each if it brings the number closer to the target. So it differs from the target by at
    most half of the largest group, unless a single smallest group is in one of the parts.

    Args:
        sizes: samples of each group, (G,), two groups or more.
        target: the number of samples to choose.
        generator: orders the groups.

    Returns:
        1 for chosen groups, 0 for others, (G,); both occur.
    """
    chosen = np.zeros(len(sizes), np.int64)
    total = 0
    order = generator.permutation(len(sizes))
    for group in order.tolist():
        if abs(total + sizes[group] - target) < abs(total - target):
            chosen[group] = 1
            total += int(sizes[group])
    if chosen.all() or not chosen.any():
        smallest = order[sizes[order].argmin()]
        chosen[smallest] = 1 - chosen[smallest]
    return chosen


def deal_groups(sizes: Array, num_parts: int, generator: np.random.Generator) -> Parts:
    """Deal groups to parts of about equal size, the largest groups first, each to the smallest part.

    Sizes of parts differ by at most the size of the largest group; no part is empty.

    Args:
        sizes: samples of each group, (G,), G >= num_parts.
        num_parts: number of parts.
        generator: orders groups of equal size.

    Returns:
        The part of each group, (G,).
    """
    order = generator.permutation(len(sizes))
    order = order[np.argsort(-sizes[order], kind="stable")]
    parts = np.empty(len(sizes), np.int64)
    heap = [(0, part) for part in range(num_parts)]
    for group in order.tolist():
        total, part = heap[0]
        parts[group] = part
        heapq.heapreplace(heap, (total + int(sizes[group]), part))
    return parts


def balance_classes(
    parts: Parts, shares: Array, codes: Array, counts: ClassCounts, generator: np.random.Generator
) -> Parts:
    """Balance the classes of a split by moving groups, or swapping two, as long as that helps.

    What is balanced is the number of samples that contain each class, as squared deviation from the part's share,
    relative to the class's total. Sizes stay as near to their shares as they were, or within half a largest group.

    Args:
        parts: the part of each group, (G,).
        shares: the share of the samples that each part should have, (P,).
        codes: the group of each sample, (N,).
        counts: pixels of each class in each sample.
        generator: orders the groups, and chooses those to swap with.

    Returns:
        The part of each group, (G,); no part is empty that was not.
    """
    return _Balancing(parts, shares, codes, counts, generator).parts


class _Balancing:
    def __init__(
        self, parts: Parts, shares: Array, codes: Array, counts: ClassCounts, generator: np.random.Generator
    ) -> None:
        num_groups = len(parts)
        self.parts = parts.copy()
        self._sizes = np.bincount(codes, minlength=num_groups)
        self._table = np.zeros((num_groups, counts.num_classes), np.float64)
        np.add.at(self._table, (codes[counts.samples()], counts.indices), 1)
        total = self._table.sum(axis=0)
        self._wanted = np.outer(shares, total)
        self._weights = 1 / np.maximum(total, 1)
        self._can_miss = total == 0
        self._in_part = np.zeros_like(self._wanted)
        np.add.at(self._in_part, self.parts, self._table)
        wanted_sizes = shares * self._sizes.sum()
        self._excess = np.bincount(self.parts, self._sizes, len(shares)) - wanted_sizes
        self._limit = max(float(np.abs(self._excess).max()), self._sizes.max() / 2)
        self._groups_in = np.bincount(self.parts, minlength=len(shares))
        self._generator = generator
        self._improve()

    def _improve(self) -> None:
        visits = 0
        for _ in range(_MAX_PASSES):
            improved = False
            for group in self._generator.permutation(len(self.parts)).tolist():
                improved |= self._try(group)
                visits += 1
                if visits == _VISITS:
                    return
            if not improved:
                return

    def _try(self, group: int) -> bool:
        """Do the best change that a group can make, if one lowers the cost."""
        own = int(self.parts[group])
        others = np.flatnonzero(self.parts != own)
        if len(others) > _PARTNERS:
            others = self._generator.choice(others, _PARTNERS, replace=False)
        targets, gains, sizes = self.parts[others], self._table[others], self._sizes[others]
        if self._groups_in[own] > 1:  # moves, after the swaps
            free = np.delete(np.arange(len(self._excess)), own)
            targets = np.concatenate([targets, free])
            gains = np.concatenate([gains, np.zeros((len(free), gains.shape[1]))])
            sizes = np.concatenate([sizes, np.zeros(len(free), sizes.dtype)])
        change, grown = gains - self._table[group], sizes - self._sizes[group]
        costs = self._cost(own, change) + self._cost(targets, -change)
        costs -= self._cost(own, np.zeros((1, change.shape[1]))) + self._cost(targets, np.zeros_like(change))
        too_far = np.abs(self._excess[own] + grown) > self._limit + 1e-9
        too_far |= np.abs(self._excess[targets] - grown) > self._limit + 1e-9
        costs[too_far] = 0
        best = int(costs.argmin())
        if costs[best] > -1e-9:
            return False
        target = int(targets[best])
        if best < len(others):
            self.parts[others[best]] = own
        else:
            self._groups_in[own] -= 1
            self._groups_in[target] += 1
        self.parts[group] = target
        self._in_part[own] += change[best]
        self._in_part[target] -= change[best]
        self._excess[own] += grown[best]
        self._excess[target] -= grown[best]
        return True

    def _cost(self, parts: int | Array, change: Array) -> Array:
        """Cost of parts after a change of their class counts, (n,)."""
        after = self._in_part[parts] + change
        deviations = ((after - self._wanted[parts]) ** 2 * self._weights).sum(axis=1)
        missing = ((after < 0.5) & ~self._can_miss).sum(axis=1)
        costs: Array = deviations + _MISSING_COST * missing
        return costs
