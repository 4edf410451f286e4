"""How many positions of an epoch each class gets, and how many it got before."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import accumulate, pairwise
from math import gcd

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
