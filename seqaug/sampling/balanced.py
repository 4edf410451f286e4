"""Orders that draw some samples more often than others."""

from __future__ import annotations

from typing import Any

import numpy as np

from seqaug.chance import order_generator
from seqaug.sampling.order import Indices


class WeightedOrder:
    """Samples in proportion to their weights, by systematic resampling (Carpenter et al. 1999).

    With n positions in an epoch, a sample of weight w comes floor(n * w / sum) or ceil(n * w / sum) times, and
    n * w / sum times on average over the epochs: far steadier than independent draws. Weight 0 never comes.

    Args:
        weights: shape (num_samples,), finite, not negative, at least one above 0.
        length: positions in an epoch.
        seed: of the draws.
        shuffle: whether the drawn samples are shuffled, or stand in their own order.
    """

    def __init__(self, weights: np.ndarray[Any, Any], length: int, seed: int, shuffle: bool) -> None:
        self._share = np.asarray(weights, np.float64) / np.sum(weights, dtype=np.float64)
        self._length = length
        self._seed = seed
        self._shuffle = shuffle

    def __call__(self, epoch: int) -> Indices:
        """Give the order of an epoch."""
        generator = order_generator(self._seed, epoch)
        # Samples are walked in a new order each time, else neighbours' luck would hang together.
        walk = generator.permutation(len(self._share))
        ends = np.cumsum(self._share[walk]) * self._length
        ticks = np.arange(self._length) + generator.random()
        reached = np.searchsorted(ends, ticks, side="right")
        # Rounding can leave the last tick just beyond the last end, where only weights of 0 may follow.
        reached = np.minimum(reached, np.flatnonzero(self._share[walk])[-1])
        return _arranged(walk[reached], generator, self._shuffle)


class ClassUniformOrder:
    """A class drawn evenly among those present, then an image that contains it (as Zhu et al. 2019 sample).

    Each class gets an equal share of the epoch's positions; where they do not divide evenly, the left-over positions
    go to classes drawn without replacement. A class's images come in shuffled passes: none of them comes again for the
    class before all have come.

    Args:
        presence: shape (num_samples, num_classes), bool: which sample contains which class. A class that no sample
            contains is left out, and so is a sample without any class.
        length: positions in an epoch.
        seed: of the draws.
        shuffle: whether the drawn samples are shuffled, or stand in their own order.

    Raises:
        ValueError: no sample contains any class.
    """

    def __init__(self, presence: np.ndarray[Any, Any], length: int, seed: int, shuffle: bool) -> None:
        self._images = [found for found in (np.flatnonzero(column) for column in presence.T) if len(found)]
        if not self._images:
            raise ValueError(
                f'oversample="class_uniform" found no class in any of the {len(presence)} masks: every pixel is '
                "ignored; check the palette and ignore_index"
            )
        self._length = length
        self._seed = seed
        self._shuffle = shuffle

    def __call__(self, epoch: int) -> Indices:
        """Give the order of an epoch."""
        generator = order_generator(self._seed, epoch)
        share, left_over = divmod(self._length, len(self._images))
        counts = np.full(len(self._images), share)
        counts[generator.permutation(len(self._images))[:left_over]] += 1
        drawn = [_passes(images, count, generator) for images, count in zip(self._images, counts, strict=True)]
        return _arranged(np.concatenate(drawn), generator, self._shuffle)


def _passes(images: Indices, count: int, generator: np.random.Generator) -> Indices:
    turns = -(-count // len(images))
    return np.concatenate([generator.permutation(images) for _ in range(turns)] or [images[:0]])[:count]


def _arranged(drawn: Indices, generator: np.random.Generator, shuffle: bool) -> Indices:
    return generator.permutation(drawn) if shuffle else np.sort(drawn)
