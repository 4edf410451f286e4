"""Samplers: which sample is at each position of an epoch; sequential and shuffled ones."""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

import numpy as np

from seqaug.core.rng import order_generator
from seqaug.sampling.epoch_stream import Indices, slice_stream


class EpochIndices(NamedTuple):
    """The samples at the positions of an epoch.

    Attributes:
        samples: the index of the sample at each position, (length,), int64.
        classes: the class id for which it was drawn, (length,), int32; -1 if for none. None if the sampler does not
            draw by class.
    """

    samples: Indices
    classes: np.ndarray[Any, np.dtype[np.int32]] | None

    def class_at(self, position: int) -> int | None:
        """Give the class id for which the sample at a position was drawn, or None."""
        if self.classes is None or self.classes[position] < 0:
            return None
        return int(self.classes[position])


class EpochSampler(Protocol):
    """Maps an epoch to its samples.

    The result depends on the epoch alone: not on earlier calls, the process or the machine.
    """

    def __call__(self, epoch: int) -> EpochIndices:
        """Give the samples of an epoch; all epochs have the same length."""


class Sampler(Protocol):
    """What decides which sample stands at which position of an epoch, in the argument `oversample`: any callable.

    ```python
    class Curriculum:  # the easiest samples first, more with each epoch
        def __init__(self, difficulty, seed=0):
            self.easiest_first, self.seed = np.argsort(difficulty), seed

        def __call__(self, epoch):
            count = len(self.easiest_first)
            known = self.easiest_first[: min(count, count // 4 * (epoch + 1))]
            return np.random.default_rng((self.seed, epoch)).choice(known, count)
    ```

    The result must depend on the epoch alone, since epochs are made again when a run resumes, and for each host: random
    numbers come from a generator of (seed, epoch). It decides the order too; `shuffle` has no effect. At construction
    it is called twice for epoch 0, and the results are compared.
    """

    def __call__(self, epoch: int) -> Any:
        """Return the samples of an epoch.

        Args:
            epoch: from 0.

        Returns:
            The index of the sample at each position, (n,) integers; n is `samples_per_epoch`, by default the number of
            samples (of `repeats`, each index once). Or a pair of these and class ids, (n,) integers: the class for
            which each sample was drawn, around which `ClassCrop` crops; -1 for none.
        """


class SequentialSampler:
    """The samples in their own order, the same in every epoch; an epoch longer than the data starts over."""

    def __init__(self, num_samples: int, length: int) -> None:
        self._indices = np.arange(length) % num_samples

    def __call__(self, epoch: int) -> EpochIndices:
        """Give the samples of an epoch."""
        return EpochIndices(self._indices, None)


class ShuffleSampler:
    """Shuffled passes over the samples, drawn without replacement, also across epochs.

    An epoch of one position per sample is one pass. A shorter epoch ends inside a pass, which the next epoch continues;
    a longer one starts another pass.
    """

    def __init__(self, num_samples: int, length: int, seed: int) -> None:
        self._num_samples = num_samples
        self._length = length
        self._seed = seed

    def __call__(self, epoch: int) -> EpochIndices:
        """Give the samples of an epoch."""
        return EpochIndices(slice_stream(epoch * self._length, self._length, self._num_samples, self._pass), None)

    def _pass(self, pass_index: int) -> Indices:
        return order_generator(self._seed, pass_index).permutation(self._num_samples)
