"""Class-uniform sampling."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from class_tables import tables
from hypothesis import given
from hypothesis import strategies as st

from seqaug.sampling.class_uniform import ClassUniform
from seqaug.statistics.counts import ClassCounts


def sampler_of(table: np.ndarray, length: int, fraction: float = 1.0, seed: int = 0, shuffle: bool = True) -> Any:
    counts = ClassCounts.from_rows(table, table.shape[1])
    return ClassUniform(fraction).make_sampler(counts, length=length, seed=seed, shuffle=shuffle)


@given(tables, st.integers(1, 100), st.integers(0, 2**32), st.integers(0, 1000))
def test_classes_share_the_epoch_evenly(table: np.ndarray, length: int, seed: int, epoch: int) -> None:
    times = np.bincount(sampler_of(table, length, seed=seed)(epoch).classes, minlength=table.shape[1])
    present = table.any(axis=0)
    assert not times[~present].any()
    assert set(times[present]) <= {length // present.sum(), -(-length // present.sum())}


def test_rounding_rotates_among_classes() -> None:
    sampler = sampler_of(np.eye(7, dtype=int), 3)
    times = np.stack([np.bincount(sampler(epoch).classes, minlength=7) for epoch in range(210)])
    assert (times.reshape(-1, 7, 7).sum(axis=1) == 3).all()


def test_frequencies_of_samples_are_those_of_the_formula() -> None:
    table = np.random.default_rng(0).integers(0, 2, (40, 6))
    sampler = sampler_of(table, 50)
    times = sum(np.bincount(sampler(epoch).samples, minlength=40) for epoch in range(200))
    expected = 200 * 50 * (table / table.sum(axis=0)).mean(axis=1)
    # Independent draws would exceed 73.4 (39 degrees of freedom) once in a thousand seeds; passes vary far less.
    there = expected > 0
    assert not times[~there].any()
    assert ((times - expected)[there] ** 2 / expected[there]).sum() < 73.4
    # Each of a sample's classes ends inside a pass, ahead or behind by less than one.
    assert (np.abs(times - expected) < 2 * 6).all()


def test_a_rare_class_is_drawn_as_often_as_a_common_one() -> None:
    table = np.zeros((100, 2), int)
    table[:, 0] = 1
    table[:2] = [0, 1]
    drawn = sampler_of(table, 100)(0).samples
    assert np.bincount(drawn, minlength=100)[:2].tolist() == [25, 25]
    # And the common one's images are drawn without replacement.
    assert np.bincount(drawn, minlength=100)[2:].max() == 1


def test_the_rest_of_an_epoch_is_plain_passes() -> None:
    # Sample 3 has only ignored pixels, so it is in the plain part alone.
    table = np.array([[1, 0], [1, 0], [0, 1], [0, 0]])
    sampler = sampler_of(table, 4, fraction=0.5)
    drawn = [sampler(epoch) for epoch in range(20)]
    plain = np.stack([samples[classes < 0] for samples, classes in drawn]).reshape(10, 4)
    assert (np.sort(plain, axis=1) == np.arange(4)).all(), "two epochs are a pass"
    for samples, classes in drawn:
        assert sorted(classes) == [-1, -1, 0, 1]
        assert samples[classes == 1] == 2


def test_without_shuffling_the_samples_are_in_their_own_order() -> None:
    table = np.array([[1, 0], [1, 0], [1, 0], [0, 1]])
    samples, classes = sampler_of(table, 8, shuffle=False)(0)
    assert samples.tolist()[-4:] == [3] * 4
    assert classes.tolist() == [0] * 4 + [1] * 4


def test_the_order_is_frozen() -> None:
    """A change of these numbers changes the meaning of users' seeds: their runs could not be reproduced."""
    table = np.array([[1, 0, 0], [1, 0, 1], [1, 0, 0], [1, 0, 1], [0, 0, 0]])
    samples, classes = sampler_of(table, 9, fraction=0.6, seed=1)(2)
    assert samples.tolist() == [0, 2, 3, 0, 1, 2, 3, 3, 0]
    assert classes.tolist() == [0, 0, -1, -1, 0, -1, 2, 2, -1]


@pytest.mark.parametrize(
    ("fraction", "error", "message"),
    [
        (0, ValueError, "fraction=0; expected a number above 0 and up to 1"),
        (1.1, ValueError, "fraction=1.1; expected"),
        (float("nan"), ValueError, "fraction=nan; expected"),
        ("half", TypeError, "fraction='half'; expected"),
    ],
)
def test_invalid_fractions(fraction: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        ClassUniform(fraction)
