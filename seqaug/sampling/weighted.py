"""Sampling by one weight per sample."""

from __future__ import annotations

from typing import Any

import numpy as np

from seqaug.core.rng import order_generator
from seqaug.sampling.epoch_stream import Indices
from seqaug.sampling.samplers import EpochIndices


def systematic_resample(shares: np.ndarray[Any, Any], count: int, generator: np.random.Generator) -> Indices:
    """Draw by systematic resampling (Carpenter et al. 1999).

    An element of share s is drawn floor(count * s) or ceil(count * s) times, and count * s times on average; never if
    its share is 0.

    Args:
        shares: (n,), float64, not negative, summing to 1.
        count: the number of draws.
        generator: used for two calls.

    Returns:
        Indices into `shares`, (count,), in random order but for equal ones, which are neighbours.
    """
    # Permute the shares each time, else the draws of neighbours would be correlated.
    walk = generator.permutation(len(shares))
    ends = np.cumsum(shares[walk]) * count
    ticks = np.arange(count) + generator.random()
    reached = np.searchsorted(ends, ticks, side="right")
    # Rounding can put the last tick just past the end of the last share that is not 0.
    drawn: Indices = walk[np.minimum(reached, np.flatnonzero(shares[walk])[-1])]
    return drawn


class WeightedSampler:
    """Draws samples in proportion to their weights, by systematic resampling.

    With n positions in an epoch, a sample of weight w is drawn floor(n * w / sum) or ceil(n * w / sum) times, and
    n * w / sum times on average over the epochs. A sample of weight 0 is never drawn.

    Args:
        weights: shape (num_samples,), finite, not negative, at least one above 0.
        length: the number of positions in an epoch.
        seed: the seed of the draws.
        shuffle: whether to shuffle the drawn samples; else they are in their own order.
    """

    def __init__(self, weights: np.ndarray[Any, Any], length: int, seed: int, shuffle: bool) -> None:
        self._shares = np.asarray(weights, np.float64) / np.sum(weights, dtype=np.float64)
        self._length = length
        self._seed = seed
        self._shuffle = shuffle

    def __call__(self, epoch: int) -> EpochIndices:
        """Give the samples of an epoch."""
        generator = order_generator(self._seed, epoch)
        samples = systematic_resample(self._shares, self._length, generator)
        return EpochIndices(generator.permutation(samples) if self._shuffle else np.sort(samples), None)
