"""The order of an epoch, plain and shuffled."""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

import numpy as np

from seqaug.core.rng import order_generator
from seqaug.sampling.epoch_stream import Indices, window


class EpochIndices(NamedTuple):
    """What stands at the positions of an epoch.

    Attributes:
        samples: the sample at each position, (length,), int64.
        classes: the class id for which it was drawn, (length,), int32; -1 where it was drawn for none. None where no
            position was drawn for a class.
    """

    samples: Indices
    classes: np.ndarray[Any, np.dtype[np.int32]] | None

    def class_at(self, position: int) -> int | None:
        """Give the class id for which the sample at a position was drawn, or None."""
        if self.classes is None or self.classes[position] < 0:
            return None
        return int(self.classes[position])


class Sampler(Protocol):
    """Epoch in, samples out: the same for the same epoch, whenever and wherever it is asked."""

    def __call__(self, epoch: int) -> EpochIndices:
        """Give what stands at each position of an epoch; every epoch is equally long."""


class SequentialOrder:
    """The samples in their own order, the same in every epoch; from the first again where an epoch is longer."""

    def __init__(self, num_samples: int, length: int) -> None:
        self._indices = np.arange(length) % num_samples

    def __call__(self, epoch: int) -> EpochIndices:
        """Give the order of an epoch."""
        return EpochIndices(self._indices, None)


class ShuffleSampler:
    """Shuffled passes over the samples, one after another: none comes again before all have come.

    Where an epoch is as long as there are samples, each epoch is one pass. A shorter epoch leaves off inside a pass
    and the next one goes on there; a longer one begins another pass.
    """

    def __init__(self, num_samples: int, length: int, seed: int) -> None:
        self._num_samples = num_samples
        self._length = length
        self._seed = seed

    def __call__(self, epoch: int) -> EpochIndices:
        """Give the order of an epoch."""
        return EpochIndices(window(epoch * self._length, self._length, self._num_samples, self._pass), None)

    def _pass(self, turn: int) -> Indices:
        return order_generator(self._seed, turn).permutation(self._num_samples)
