"""Samples with rare classes, repeated."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from class_tables import camvid_table, tables
from hypothesis import given
from hypothesis import strategies as st

from seqaug.sampling import RepeatFactor
from seqaug.statistics import ClassCounts


def formula(table: np.ndarray, t: float | None) -> np.ndarray:
    """Compute r sample by sample."""
    shares = (table > 0).mean(axis=0)
    t = float(np.median(shares[shares > 0])) if t is None else t
    return np.array([max([1.0, *((t / share) ** 0.5 for share in shares[row > 0])]) for row in table])


@given(tables, st.none() | st.floats(1e-6, 1))
def test_factors_are_the_formula(table: np.ndarray, t: float | None) -> None:
    factors = RepeatFactor(t).factors(ClassCounts.from_rows(table, table.shape[1]))
    np.testing.assert_allclose(factors, formula(table, t), rtol=1e-12)


def test_a_sample_of_ignored_pixels_comes_once() -> None:
    table = np.array([[1, 1], [1, 0], [1, 0], [1, 0], [0, 0]])
    assert RepeatFactor(t=0.8).factors(ClassCounts.from_rows(table, 2)).tolist() == [2, 1, 1, 1, 1]


@pytest.mark.parametrize("t", [None, 0.9])
def test_frequencies_on_camvid(camvid: Path, t: float | None) -> None:
    table = camvid_table(camvid)
    factors = formula(table, t)
    assert factors.max() > 1
    counts = ClassCounts.from_rows(table, table.shape[1])
    order = RepeatFactor(t).order(counts, length=len(table), seed=0, shuffle=True)
    times = sum(np.bincount(order(epoch).samples, minlength=len(table)) for epoch in range(200))
    expected = 200 * len(table) * factors / factors.sum()
    # Whole passes vary only by the draw of the extras; independent draws of so many samples would exceed the number of
    # samples plus four times the root of twice that once in thousands of seeds.
    assert ((times - expected) ** 2 / expected).sum() < len(table) + 4 * (2 * len(table)) ** 0.5
    assert (np.abs(times - expected) < 6 * (200 * 0.25) ** 0.5).all()


def test_the_order_is_frozen() -> None:
    """A change of these numbers changes what everybody's seed means: their runs could not be repeated."""
    table = np.array([[1, 0, 0], [1, 0, 1], [1, 0, 0], [1, 1, 1], [0, 0, 0]])
    order = RepeatFactor(t=0.5).order(ClassCounts.from_rows(table, 3), length=7, seed=1, shuffle=True)
    assert order(2).samples.tolist() == [1, 1, 4, 3, 1, 4, 1]
    assert order(2).classes is None


@pytest.mark.parametrize(
    ("t", "error", "message"),
    [
        (0, ValueError, "t=0; expected a number above 0 and up to 1"),
        (2, ValueError, "t=2; expected"),
        ("0.1", TypeError, "t='0.1'; expected"),
    ],
)
def test_what_cannot_be_asked_for(t: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        RepeatFactor(t)
