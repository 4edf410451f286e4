"""Sampling by one weight per sample."""

from __future__ import annotations

from typing import Any

import numpy as np

from seqaug.core.rng import order_generator
from seqaug.sampling.epoch_stream import Indices
from seqaug.sampling.samplers import EpochIndices


def systematic(shares: np.ndarray[Any, Any], count: int, generator: np.random.Generator) -> Indices:
    """Draw by systematic resampling (Carpenter et al. 1999).

    What has share s comes floor(count * s) or ceil(count * s) times, and count * s times on average; a share of 0
    never comes.

    Args:
        shares: (n,), float64, not negative, with the sum 1.
        count: how many to draw.
        generator: two draws are taken from it.

    Returns:
        Places in `shares`, (count,); those of one share stand together, in no order otherwise.
    """
    # The shares are walked in a new order each time, else neighbours' luck would hang together.
    walk = generator.permutation(len(shares))
    ends = np.cumsum(shares[walk]) * count
    ticks = np.arange(count) + generator.random()
    reached = np.searchsorted(ends, ticks, side="right")
    # Rounding can leave the last tick just beyond the last end, where only shares of 0 may follow.
    drawn: Indices = walk[np.minimum(reached, np.flatnonzero(shares[walk])[-1])]
    return drawn


class WeightedOrder:
    """Samples in proportion to their weights, by systematic draws.

    With n positions in an epoch, a sample of weight w comes floor(n * w / sum) or ceil(n * w / sum) times, and
    n * w / sum times on average over the epochs. Weight 0 never comes.

    Args:
        weights: shape (num_samples,), finite, not negative, at least one above 0.
        length: positions in an epoch.
        seed: of the draws.
        shuffle: whether the drawn samples are shuffled, or stand in their own order.
    """

    def __init__(self, weights: np.ndarray[Any, Any], length: int, seed: int, shuffle: bool) -> None:
        self._shares = np.asarray(weights, np.float64) / np.sum(weights, dtype=np.float64)
        self._length = length
        self._seed = seed
        self._shuffle = shuffle

    def __call__(self, epoch: int) -> EpochIndices:
        """Give the order of an epoch."""
        generator = order_generator(self._seed, epoch)
        samples = systematic(self._shares, self._length, generator)
        return EpochIndices(generator.permutation(samples) if self._shuffle else np.sort(samples), None)
