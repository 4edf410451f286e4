"""Passes in which some samples come several times."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqaug.sampling.repeated_order import RepeatedOrder

factors = st.lists(
    st.floats(1, 20) | st.sampled_from([1.0, 1.5, 2.0, 1 + 1e-9, 3 - 1e-9]), min_size=1, max_size=30
).map(np.array)
seeds = st.integers(0, 2**32)


@given(factors, seeds, st.integers(0, 5))
def test_a_pass_has_the_whole_part_always_and_at_most_one_more(values: np.ndarray, seed: int, turn: int) -> None:
    pass_length = len(RepeatedOrder(values, 1, seed, True)._pass(0))
    assert abs(pass_length - values.sum()) <= 0.5 + 1e-4
    # An epoch as long as a pass is a pass.
    samples, classes = RepeatedOrder(values, pass_length, seed, True)(turn)
    assert classes is None
    assert len(samples) == pass_length
    times = np.bincount(samples, minlength=len(values))
    assert (times >= np.floor(values)).all()
    assert (times <= np.ceil(values + 1e-6)).all()


@given(factors, st.integers(1, 90), seeds, st.booleans())
def test_epochs_go_through_the_passes(values: np.ndarray, length: int, seed: int, shuffle: bool) -> None:
    order = RepeatedOrder(values, length, seed, shuffle)
    shown = [order(epoch).samples for epoch in (2, 0, 1)]
    assert [len(samples) for samples in shown] == [length] * 3
    stream = RepeatedOrder(values, 3 * length, seed, True)(0).samples
    for epoch, samples in zip((2, 0, 1), shown, strict=True):
        expected = stream[epoch * length : (epoch + 1) * length]
        assert np.array_equal(samples, expected if shuffle else np.sort(expected))


@pytest.mark.parametrize(
    "values",
    [
        [1.3, 1.3, 1.3, 2.1, 1, 3],  # the parts sum to 1
        [1.99, 1.51],  # to 1.5: scaled up plainly, one would exceed 1
        [1.5, 1.5, 2.5, 1.2],  # to 1.7
        [1.2, 1.1, 1],  # to 0.3
    ],
)
def test_factors_are_kept_on_average(values: list[float]) -> None:
    order = RepeatedOrder(np.array(values), 1, 0, True)
    passes = np.stack([np.bincount(order._pass(turn), minlength=len(values)) for turn in range(2000)])
    assert len(set(passes.sum(axis=1))) == 1
    parts = np.array(values) % 1
    total, count = parts.sum(), (parts > 0).sum()
    whole = round(total)
    if whole <= total:
        expected = parts * whole / total
    else:
        expected = np.where(parts > 0, 1 - (1 - parts) * (count - whole) / (count - total), 0)
    extras = (passes - np.floor(values)).mean(axis=0)
    # Each extra is a draw of yes or no: 4 standard deviations.
    assert (np.abs(extras - expected) <= 4 * (expected * (1 - expected) / 2000) ** 0.5 + 1e-9).all()


def test_every_epoch_and_every_seed_has_its_own_order() -> None:
    values = np.linspace(1, 3, 12)
    orders = {tuple(RepeatedOrder(values, 12, seed, True)(epoch).samples) for seed in range(4) for epoch in range(4)}
    assert len(orders) == 16
