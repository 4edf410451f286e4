"""Sampling by class: how many positions each class has, and which images stand there."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import accumulate, pairwise
from math import gcd

import numpy as np

from seqaug.core.rng import mixture_generator, rounding_generator
from seqaug.sampling.epoch_stream import class_window
from seqaug.sampling.samplers import EpochIndices, ShuffleSampler
from seqaug.statistics.counts import SamplesByClass

# The golden ratio's fraction, as a quotient of Fibonacci numbers: its multiples fall most evenly into 0 to 1.
_GOLDEN = Fraction(2_971_215_073, 4_807_526_976)


class Quotas:
    """Positions of each epoch, shared out among classes by weight.

    With n positions in an epoch, a class of weight w gets floor(n * w / sum) or ceil(n * w / sum) of them in every
    epoch: what is left over goes round, evenly, so that over the epochs its share is n * w / sum. With equal
    weights every class has got the same after as many epochs as there are classes.

    All is in whole numbers, and the sum over all epochs so far has a closed form, so that the quotas of any epoch are
    known at once.

    Args:
        weights: of the classes, not negative, at least one above 0.
        positions: in an epoch.
        begin: where the left-over positions begin to go round, 0 to sum of the weights - 1.
    """

    # The classes' shares lie end to end on a line of n * sum units. In epoch e a tick stands at each multiple of sum
    # less offset(e), and a class gets the ticks in its stretch; offset(e) = (begin + e * step) mod sum goes evenly
    # through 0 to sum - 1.
    def __init__(self, weights: Sequence[int], positions: int, begin: int) -> None:
        *ends, self._sum = accumulate(weights, initial=0)
        self._ends = [positions * end for end in [*ends, self._sum]]
        self._begin = begin
        self._step = max(round(self._sum * _GOLDEN), 1)
        while gcd(self._step, self._sum) > 1:
            self._step += 1

    def before(self, epoch: int) -> list[int]:
        """Give how many positions each class got in all epochs before one."""
        # floor((x + y mod m) / m) = floor((x + y) / m) - floor(y / m), and both can be summed.
        until = [_floor_sum(epoch, self._sum, self._step, end + self._begin) for end in self._ends]
        return [last - first for first, last in pairwise(until)]


def _floor_sum(count: int, divisor: int, step: int, begin: int) -> int:
    """Sum floor((begin + i * step) / divisor) over i = 0 to count - 1, in as many turns as Euclid's algorithm takes."""
    total = 0
    while count:
        total += count * (count - 1) // 2 * (step // divisor) + count * (begin // divisor)
        step, begin = step % divisor, begin % divisor
        # The points under a line are counted from its other axis.
        count, begin = divmod(step * count + begin, divisor)
        divisor, step = step, divisor
    return total


class ClassOrder:
    """A class in proportion to its weight, then a sample of it; the rest plain shuffled passes over all samples.

    A class's samples come in shuffled passes that go on from epoch to epoch: none of them comes again for the class
    before all have come. The plain part's passes go on likewise.

    Args:
        images: the samples that may be drawn for each class.
        weights: of the classes, whole numbers, 0 for a class without samples, at least one above 0.
        num_samples: how many samples there are.
        for_classes: how many positions of an epoch are drawn for classes.
        length: positions in an epoch.
        seed: of the draws.
        shuffle: whether the drawn samples are shuffled, or stand in their own order.
    """

    def __init__(
        self,
        images: SamplesByClass,
        weights: Sequence[int],
        *,
        num_samples: int,
        for_classes: int,
        length: int,
        seed: int,
        shuffle: bool,
    ) -> None:
        self._images = images
        self._quotas = Quotas(weights, for_classes, int(rounding_generator(seed).integers(sum(weights))))
        self._plain = ShuffleSampler(num_samples, length - for_classes, seed)
        self._seed = seed
        self._shuffle = shuffle

    def __call__(self, epoch: int) -> EpochIndices:
        """Give the order of an epoch."""
        firsts, lasts = self._quotas.before(epoch), self._quotas.before(epoch + 1)
        plain = self._plain(epoch).samples
        drawn, drawn_for = [plain], [np.full(len(plain), -1, np.int32)]
        for class_id, (first, last) in enumerate(zip(firsts, lasts, strict=True)):
            if last > first:
                images = self._images[class_id]
                places = class_window(first, last - first, len(images), self._seed, class_id)
                drawn.append(images[places].astype(np.int64))
                drawn_for.append(np.full(last - first, class_id, np.int32))
        samples, classes = np.concatenate(drawn), np.concatenate(drawn_for)
        if self._shuffle:
            arranged = mixture_generator(self._seed, epoch).permutation(len(samples))
        else:
            arranged = np.argsort(samples, kind="stable")
        return EpochIndices(samples[arranged], classes[arranged])
