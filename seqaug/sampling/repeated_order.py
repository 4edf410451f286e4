"""Shuffled passes in which some samples come several times."""

from __future__ import annotations

from typing import Any

import numpy as np

from seqaug.chance import order_generator
from seqaug.sampling.order import Drawn
from seqaug.sampling.passes import Indices, window
from seqaug.sampling.systematic import systematic

# A factor this near to a whole number is one.
_ROUNDING = 1e-6


class RepeatedOrder:
    """Shuffled passes, one after another, in which each sample comes as often as its factor says.

    A sample of factor r comes floor(r) times in every pass, and once more in some: as many as the fractional part of r
    says, by systematic draws. That all passes may be equally long, the fractional parts are made to sum to the nearest
    whole number: where it is below their sum, all are scaled down alike, and where it is above, what each lacks to 1.

    Args:
        factors: shape (num_samples,), finite, 1 or more.
        length: positions in an epoch.
        seed: of the draws.
        shuffle: whether the drawn samples are shuffled, or stand in their own order.
    """

    def __init__(self, factors: np.ndarray[Any, Any], length: int, seed: int, shuffle: bool) -> None:
        nearest = np.rint(factors)
        factors = np.where(np.abs(factors - nearest) < _ROUNDING, nearest, factors)
        whole = np.floor(factors).astype(np.int64)
        chances = _with_whole_sum(factors - whole)
        certain = chances == 1
        self._times = whole + certain
        self._drawn = np.flatnonzero((chances > 0) & ~certain)
        chances = chances[self._drawn]
        self._extras = round(chances.sum())
        self._shares = chances / max(self._extras, 1)
        self._pass_length = int(self._times.sum()) + self._extras
        self._length = length
        self._seed = seed
        self._shuffle = shuffle

    def __call__(self, epoch: int) -> Drawn:
        """Give the order of an epoch."""
        samples = window(epoch * self._length, self._length, self._pass_length, self._pass)
        return Drawn(samples if self._shuffle else np.sort(samples), None)

    def _pass(self, turn: int) -> Indices:
        generator = order_generator(self._seed, turn)
        times = self._times
        if self._extras:
            times = times.copy()
            times[self._drawn[systematic(self._shares, self._extras, generator)]] += 1
        return generator.permutation(np.repeat(np.arange(len(times)), times))


def _with_whole_sum(parts: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Scale numbers from 0 to below 1 so that they sum to the nearest whole number; 0 stays 0, and none exceeds 1."""
    total, count = parts.sum(), np.count_nonzero(parts)
    whole = round(total)
    if whole > total:
        return np.where(parts > 0, 1 - (1 - parts) * ((count - whole) / (count - total)), 0)
    return parts * (whole / total) if total else parts
