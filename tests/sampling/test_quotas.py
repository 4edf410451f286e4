"""How many positions of an epoch each class gets."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from seqaug.sampling.quotas import Quotas

weights = st.lists(st.integers(0, 50) | st.integers(0, 2**40), min_size=1, max_size=12).filter(any)
positions = st.integers(0, 500)


@given(weights, positions, st.integers(0), st.integers(0, 10**6))
def test_shares_are_rounded_down_or_up(values: list[int], number: int, begin: int, epoch: int) -> None:
    quotas = Quotas(values, number, begin % sum(values))
    given_out = np.subtract(quotas.before(epoch + 1), quotas.before(epoch))
    assert given_out.sum() == number
    for value, got in zip(values, given_out.tolist(), strict=True):
        assert number * value // sum(values) <= got <= -(-number * value // sum(values))


@given(weights, positions, st.integers(0), st.integers(0, 10**6))
def test_shares_are_kept_over_the_epochs(values: list[int], number: int, begin: int, epochs: int) -> None:
    got = Quotas(values, number, begin % sum(values)).before(epochs)
    for value, positions_got in zip(values, got, strict=True):
        # Multiples of the golden ratio deviate by no more than a few times the logarithm of their number.
        assert abs(positions_got - epochs * number * value / sum(values)) < 2 + 2 * np.log2(1 + epochs)


@given(st.lists(st.integers(0, 4), min_size=1, max_size=6).filter(any), positions, st.integers(0), st.integers(0, 40))
def test_the_closed_form_is_the_sum(values: list[int], number: int, begin: int, epochs: int) -> None:
    total = sum(values)
    quotas = Quotas(values, number, begin % total)
    # Offsets taken one by one; after `total` epochs each was there once.
    offsets = [(begin + epoch * quotas._step) % total for epoch in range(epochs)]
    ends = np.cumsum([0, *values]) * number
    until = np.array([sum((int(end) + offset) // total for offset in offsets) for end in ends])
    assert quotas.before(epochs) == np.diff(until).tolist()
    assert quotas.before(total) == [number * value for value in values]
