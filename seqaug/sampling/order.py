"""The order of an epoch, plain and shuffled."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

from seqaug.chance import order_generator

Indices = np.ndarray[Any, np.dtype[np.int64]]


class Order(Protocol):
    """Epoch in, sample indices out: the same for the same epoch, whenever and wherever it is asked."""

    def __call__(self, epoch: int) -> Indices:
        """Give the sample index at each position of an epoch, shape (length,), int64; every epoch is equally long."""


class SequentialOrder:
    """The samples in their own order, the same in every epoch; from the first again where an epoch is longer."""

    def __init__(self, num_samples: int, length: int) -> None:
        self._indices = np.arange(length) % num_samples

    def __call__(self, epoch: int) -> Indices:
        """Give the order of an epoch."""
        return self._indices


class ShuffledOrder:
    """Shuffled passes over the samples, one after another: none comes again before all have come.

    Where an epoch is as long as there are samples, each epoch is one pass. A shorter epoch leaves off inside a pass
    and the next one goes on there; a longer one begins another pass.
    """

    def __init__(self, num_samples: int, length: int, seed: int) -> None:
        self._num_samples = num_samples
        self._length = length
        self._seed = seed

    def __call__(self, epoch: int) -> Indices:
        """Give the order of an epoch."""
        first, last = epoch * self._length, (epoch + 1) * self._length
        turns = range(first // self._num_samples, -(-last // self._num_samples))
        passes = [order_generator(self._seed, turn).permutation(self._num_samples) for turn in turns]
        start = first - turns.start * self._num_samples
        return np.concatenate(passes)[start : start + self._length]
