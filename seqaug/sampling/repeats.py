"""Several augmented rows of each sample that is read."""

from __future__ import annotations

from typing import Any

import numpy as np

from seqaug.sampling.samplers import EpochIndices, EpochSampler
from seqaug.utils.validation import whole_number


class RepeatedSampler:
    """Puts each sample of an epoch at `repeats` consecutive positions (Hoffer et al. 2020, "Augment your batch").

    Position p is repeat p mod `repeats` of sample p div `repeats`.

    Args:
        sampler: gives the samples that are read.
        repeats: how many positions each has, at least 2.
    """

    def __init__(self, sampler: EpochSampler, repeats: int) -> None:
        self._sampler = sampler
        self._repeats = repeats

    def __call__(self, epoch: int) -> EpochIndices:
        """Give the samples of an epoch."""
        read = self._sampler(epoch)
        classes = None if read.classes is None else np.repeat(read.classes, self._repeats)
        return EpochIndices(np.repeat(read.samples, self._repeats), classes)


def checked_repeats(repeats: Any, batch_size: int) -> int:
    """Check the argument `repeats`.

    The rows of a sample stand in one batch, so that it is read once for all of them.

    Raises:
        TypeError: it is no integer.
        ValueError: it is below 1, or `batch_size` is no multiple of it.
    """
    count = whole_number("repeats", repeats, 1)
    if batch_size % count:
        below = batch_size // count * count
        multiples = f"{below} or {below + count}" if below else str(count)
        raise ValueError(
            f"batch_size={batch_size} is no multiple of repeats={count}, and batch_size counts rows, of which each "
            f"sample has {count} in one batch; expected batch_size={multiples}"
        )
    return count
