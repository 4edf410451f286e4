"""Repeat factor sampling."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from class_tables import camvid_table, tables
from hypothesis import given
from hypothesis import strategies as st

from seqaug.sampling.repeat_factor import RepeatFactor, RepeatFactorSampler
from seqaug.statistics.counts import ClassCounts


def formula(table: np.ndarray, t: float | None) -> np.ndarray:
    """Compute r sample by sample."""
    shares = (table > 0).mean(axis=0)
    t = float(np.median(shares[shares > 0])) if t is None else t
    return np.array([max([1.0, *((t / share) ** 0.5 for share in shares[row > 0])]) for row in table])


@given(tables, st.none() | st.floats(1e-6, 1))
def test_factors_are_the_formula(table: np.ndarray, t: float | None) -> None:
    factors = RepeatFactor(t).factors(ClassCounts.from_rows(table, table.shape[1]))
    np.testing.assert_allclose(factors, formula(table, t), rtol=1e-12)


def test_a_sample_of_ignored_pixels_is_not_repeated() -> None:
    table = np.array([[1, 1], [1, 0], [1, 0], [1, 0], [0, 0]])
    assert RepeatFactor(t=0.8).factors(ClassCounts.from_rows(table, 2)).tolist() == [2, 1, 1, 1, 1]


@pytest.mark.parametrize("t", [None, 0.9])
def test_frequencies_on_camvid(camvid: Path, t: float | None) -> None:
    table = camvid_table(camvid)
    factors = formula(table, t)
    assert factors.max() > 1
    counts = ClassCounts.from_rows(table, table.shape[1])
    sampler = RepeatFactor(t).make_sampler(counts, length=len(table), seed=0, shuffle=True)
    times = sum(np.bincount(sampler(epoch).samples, minlength=len(table)) for epoch in range(200))
    expected = 200 * len(table) * factors / factors.sum()
    # Whole passes vary only by the draw of the extras; independent draws of so many samples would exceed the number of
    # samples plus four times the root of twice that once in thousands of seeds.
    assert ((times - expected) ** 2 / expected).sum() < len(table) + 4 * (2 * len(table)) ** 0.5
    assert (np.abs(times - expected) < 6 * (200 * 0.25) ** 0.5).all()


def test_the_order_is_frozen() -> None:
    """A change of these numbers changes the meaning of users' seeds: their runs could not be reproduced."""
    table = np.array([[1, 0, 0], [1, 0, 1], [1, 0, 0], [1, 1, 1], [0, 0, 0]])
    sampler = RepeatFactor(t=0.5).make_sampler(ClassCounts.from_rows(table, 3), length=7, seed=1, shuffle=True)
    assert sampler(2).samples.tolist() == [1, 1, 4, 3, 1, 4, 1]
    assert sampler(2).classes is None


@pytest.mark.parametrize(
    ("t", "error", "message"),
    [
        (0, ValueError, "t=0; expected a number above 0 and up to 1"),
        (2, ValueError, "t=2; expected"),
        ("0.1", TypeError, "t='0.1'; expected"),
    ],
)
def test_invalid_t(t: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        RepeatFactor(t)


factors = st.lists(
    st.floats(1, 20) | st.sampled_from([1.0, 1.5, 2.0, 1 + 1e-9, 3 - 1e-9]), min_size=1, max_size=30
).map(np.array)
seeds = st.integers(0, 2**32)


@given(factors, seeds, st.integers(0, 5))
def test_a_pass_has_the_integer_part_and_at_most_one_more(values: np.ndarray, seed: int, pass_index: int) -> None:
    pass_length = len(RepeatFactorSampler(values, 1, seed, True)._pass(0))
    assert abs(pass_length - values.sum()) <= 0.5 + 1e-4
    # An epoch as long as a pass is a pass.
    samples, classes = RepeatFactorSampler(values, pass_length, seed, True)(pass_index)
    assert classes is None
    assert len(samples) == pass_length
    times = np.bincount(samples, minlength=len(values))
    assert (times >= np.floor(values)).all()
    assert (times <= np.ceil(values + 1e-6)).all()


@given(factors, st.integers(1, 90), seeds, st.booleans())
def test_epochs_are_slices_of_the_passes(values: np.ndarray, length: int, seed: int, shuffle: bool) -> None:
    sampler = RepeatFactorSampler(values, length, seed, shuffle)
    shown = [sampler(epoch).samples for epoch in (2, 0, 1)]
    assert [len(samples) for samples in shown] == [length] * 3
    stream = RepeatFactorSampler(values, 3 * length, seed, True)(0).samples
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
    sampler = RepeatFactorSampler(np.array(values), 1, 0, True)
    passes = np.stack([np.bincount(sampler._pass(pass_index), minlength=len(values)) for pass_index in range(2000)])
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
    orders = {
        tuple(RepeatFactorSampler(values, 12, seed, True)(epoch).samples) for seed in range(4) for epoch in range(4)
    }
    assert len(orders) == 16
