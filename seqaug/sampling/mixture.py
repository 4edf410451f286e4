"""The sampler of several data sets at once, by weight."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from seqaug.core.rng import parts_generator, rounding_generator
from seqaug.sampling.class_balanced import Quotas
from seqaug.sampling.epoch_stream import Indices, slice_stream
from seqaug.sampling.samplers import EpochIndices, EpochSampler

# Weights are rounded to multiples of this unit, so that quotas are integers.
_UNIT = 2**-40


class Part(NamedTuple):
    """A data set of a mixture.

    Attributes:
        sampler: its own order.
        length: positions in an epoch of that.
        start: number of its first sample in the mixture.
        weight: its share of the positions, relative to the others'.
    """

    sampler: EpochSampler
    length: int
    start: int
    weight: float


class MixtureSampler:
    """Draws from the orders of several data sets, each of which goes on from epoch to epoch.

    With n positions in an epoch, a part of weight w gets floor(n w / sum) or ceil(n w / sum) of them, and n w / sum on
    average. They are the next positions of its own order, whose epochs follow one another.

    Args:
        parts: the data sets.
        length: positions in an epoch.
        seed: of the mixing.
        shuffle: whether parts are mixed at random; else they alternate evenly, each in its own order.
    """

    def __init__(self, parts: Sequence[Part], length: int, seed: int, shuffle: bool) -> None:
        self._parts = parts
        total = sum(part.weight for part in parts)
        units = [round(part.weight / total / _UNIT) for part in parts]
        self._quotas = Quotas(units, length, int(rounding_generator(seed).integers(sum(units))))
        self._seed = seed
        self._shuffle = shuffle

    def __call__(self, epoch: int) -> EpochIndices:
        """Return the samples of an epoch."""
        firsts, lasts = self._quotas.before(epoch), self._quotas.before(epoch + 1)
        drawn = [_slice(part, *bounds) for part, *bounds in zip(self._parts, firsts, lasts, strict=True)]
        samples = np.concatenate([samples for samples, _ in drawn])
        classes = np.concatenate([classes for _, classes in drawn])
        if self._shuffle:
            order = parts_generator(self._seed, epoch).permutation(len(samples))
        else:
            places = [(np.arange(len(one)) + 0.5) / max(len(one), 1) for one, _ in drawn]
            order = np.argsort(np.concatenate(places), kind="stable")
        return EpochIndices(samples[order], classes[order])


def _slice(part: Part, first: int, last: int) -> tuple[Indices, np.ndarray[Any, np.dtype[np.int32]]]:
    """Return positions of a part's order, over its epochs: samples, numbered as in the mixture, and classes."""
    epochs: dict[int, EpochIndices] = {}

    def indices(epoch: int) -> EpochIndices:
        if epoch not in epochs:
            epochs[epoch] = part.sampler(epoch)
        return epochs[epoch]

    def classes(epoch: int) -> Any:
        found = indices(epoch).classes
        return np.full(part.length, -1) if found is None else found

    samples = slice_stream(first, last - first, part.length, lambda epoch: indices(epoch).samples)
    drawn_for = slice_stream(first, last - first, part.length, classes)
    return samples + part.start, drawn_for.astype(np.int32)
