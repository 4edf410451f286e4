"""One weight per sample."""

from __future__ import annotations

from typing import Any

import numpy as np

from seqaug.chance import order_generator
from seqaug.sampling.order import Drawn
from seqaug.sampling.systematic import systematic


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

    def __call__(self, epoch: int) -> Drawn:
        """Give the order of an epoch."""
        generator = order_generator(self._seed, epoch)
        samples = systematic(self._shares, self._length, generator)
        return Drawn(generator.permutation(samples) if self._shuffle else np.sort(samples), None)
