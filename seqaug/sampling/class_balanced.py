"""Class-balanced sampling: how many positions of an epoch each class gets, and which samples fill them."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import accumulate, count, islice, pairwise
from math import gcd

import numpy as np

from seqaug.core.rng import mixture_generator, rounding_generator
from seqaug.sampling.epoch_stream import slice_class_stream
from seqaug.sampling.samplers import EpochIndices, ShuffleSampler
from seqaug.statistics.counts import SamplesByClass

# The fractional part of the golden ratio, as a quotient of Fibonacci numbers: its multiples spread most evenly mod 1.
# Of steps near the golden section, one with partial quotients this small is taken, or else the best.
_STEPS_TRIED = 64
_SMALL_QUOTIENT = 4
_GOLDEN = Fraction(2_971_215_073, 4_807_526_976)
# Of as many steps near it, the first with partial quotients this small is taken, or else the best.
_STEPS_TRIED = 32
_SMALL_QUOTIENT = 4


class Quotas:
    """Allocates the positions of each epoch to classes by weight.

    With n positions in an epoch, a class of weight w gets floor(n * w / sum) or ceil(n * w / sum) of them in every
    epoch. The classes that are rounded up rotate evenly, so that the average over epochs is n * w / sum; with equal
    weights, all classes are equal after as many epochs as there are classes.

    The arithmetic is in integers, and the sum over all earlier epochs has a closed form: the quotas of any epoch take
    constant time.

    Args:
        weights: the weights of the classes, not negative, at least one above 0.
        positions: the number of positions in an epoch.
        offset: where the rotation starts, 0 to the sum of the weights - 1.
    """

    # The classes' shares lie end to end on a line of n * sum units. In epoch e there is a tick at each multiple of sum
    # minus offset(e), and a class gets the ticks in its interval; offset(e) = (offset + e * step) mod sum runs evenly
    # through 0 to sum - 1.
    def __init__(self, weights: Sequence[int], positions: int, offset: int) -> None:
        *ends, self._sum = accumulate(weights, initial=0)
        self._ends = [positions * end for end in [*ends, self._sum]]
        self._offset = offset
        self._step = _even_step(self._sum)

    def before(self, epoch: int) -> list[int]:
        """Count the positions that each class got in all epochs before this one."""
        # floor((x + y mod m) / m) = floor((x + y) / m) - floor(y / m), and both can be summed.
        until = [_floor_sum(epoch, self._sum, self._step, end + self._offset) for end in self._ends]
        return [last - first for first, last in pairwise(until)]


def _even_step(modulus: int) -> int:
    """Choose a step near the golden section, coprime to the modulus, whose multiples stay evenly spread.

    How far multiples deviate from evenness grows with the partial quotients of step / modulus (Niederreiter 1992,
    section 3.1), which a step that is only near the golden section may have of any size.
    """
    golden = max(round(modulus * _GOLDEN), 1)
    steps = list(islice((step for step in count(golden) if gcd(step, modulus) == 1), _STEPS_TRIED))
    return next((step for step in steps if _largest_quotient(step, modulus) <= _SMALL_QUOTIENT), None) or min(
        steps, key=lambda step: _largest_quotient(step, modulus)
    )


def _largest_quotient(step: int, modulus: int) -> int:
    """Return the largest partial quotient of step / modulus, a proper fraction."""
    quotients = []
    while modulus:
        quotient, rest = divmod(step, modulus)
        quotients.append(quotient)
        step, modulus = modulus, rest
    return max(quotients)


def _floor_sum(count: int, divisor: int, step: int, offset: int) -> int:
    """Sum floor((offset + i * step) / divisor) over i = 0 to count - 1, in the number of steps of Euclid's algorithm.

    This is the `floor_sum` of the AtCoder Library: it counts lattice points under a line.
    """
    total = 0
    while count:
        total += count * (count - 1) // 2 * (step // divisor) + count * (offset // divisor)
        step, offset = step % divisor, offset % divisor
        # Count the points under the line from its other axis.
        count, offset = divmod(step * count + offset, divisor)
        divisor, step = step, divisor
    return total


class ClassBalancedSampler:
    """Draws classes in proportion to their weights, then samples of them; the rest is plain shuffled passes.

    Samples of a class are drawn without replacement, also across epochs, and so are those of the plain part.

    Args:
        images: the samples that may be drawn for each class.
        weights: the weights of the classes, integers, 0 for a class without samples, at least one above 0.
        num_samples: the number of samples.
        for_classes: the number of positions of an epoch that are drawn for classes.
        length: the number of positions in an epoch.
        seed: the seed of the draws.
        shuffle: whether to shuffle the drawn samples; else they are in their own order.
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
        """Give the samples of an epoch, and the classes for which they were drawn."""
        firsts, lasts = self._quotas.before(epoch), self._quotas.before(epoch + 1)
        plain = self._plain(epoch).samples
        drawn, drawn_for = [plain], [np.full(len(plain), -1, np.int32)]
        for class_id, (first, last) in enumerate(zip(firsts, lasts, strict=True)):
            if last > first:
                images = self._images[class_id]
                chosen = slice_class_stream(first, last - first, len(images), self._seed, class_id)
                drawn.append(images[chosen].astype(np.int64))
                drawn_for.append(np.full(last - first, class_id, np.int32))
        samples, classes = np.concatenate(drawn), np.concatenate(drawn_for)
        if self._shuffle:
            order = mixture_generator(self._seed, epoch).permutation(len(samples))
        else:
            order = np.argsort(samples, kind="stable")
        return EpochIndices(samples[order], classes[order])
