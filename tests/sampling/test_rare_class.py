"""Rare class sampling."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from class_tables import camvid_table, tables
from hypothesis import given
from hypothesis import strategies as st

from seqaug.sampling.rare_class import RareClass
from seqaug.statistics.counts import ClassCounts


def sampler_of(strategy: RareClass, table: np.ndarray, length: int, seed: int = 0) -> Any:
    counts = ClassCounts.from_rows(table, table.shape[1])
    return strategy.make_sampler(counts, length=length, seed=seed, shuffle=True)


def formula(table: np.ndarray, temperature: float) -> np.ndarray:
    """Compute P(c) by the paper's formula, in extended precision."""
    pixels = table.sum(axis=0).astype(np.longdouble)
    weights = np.where(pixels > 0, np.exp((1 - pixels / pixels.sum()) / temperature), 0)
    return (weights / weights.sum()).astype(np.float64)


@given(tables, st.floats(0.005, 100))
def test_probabilities_are_the_formula(table: np.ndarray, temperature: float) -> None:
    probabilities = RareClass(temperature).probabilities(ClassCounts.from_rows(table, table.shape[1]))
    np.testing.assert_allclose(probabilities, formula(table, temperature), rtol=1e-9, atol=1e-15)


@pytest.mark.parametrize("temperature", [1e-300, 1e-9, 1e300])
def test_probabilities_of_any_temperature_are_finite(temperature: float) -> None:
    counts = ClassCounts.from_rows(np.array([[10**9, 1, 0, 1]]), 4)
    probabilities = RareClass(temperature).probabilities(counts)
    expected = [1 / 3, 1 / 3, 0, 1 / 3] if temperature > 1 else [0, 0.5, 0, 0.5]
    np.testing.assert_allclose(probabilities, expected)


@given(tables, st.integers(1, 100), st.integers(0, 2**32), st.integers(0, 1000))
def test_shares_are_rounded_down_or_up(table: np.ndarray, length: int, seed: int, epoch: int) -> None:
    times = np.bincount(sampler_of(RareClass(0.5), table, length, seed)(epoch).classes, minlength=table.shape[1])
    assert (np.abs(times - length * formula(table, 0.5)) < 1 + 1e-6).all()


def test_a_class_needs_enough_pixels() -> None:
    # Class 0: three samples have enough. Class 1: none has, and those with at least half of the most, 99, are taken.
    table = np.array([[3000, 50], [2999, 49], [9000, 99], [3001, 0], [0, 0]])
    samples, classes = sampler_of(RareClass(temperature=10), table, 60)(0)
    assert sorted(set(samples[classes == 0])) == [0, 2, 3]
    assert sorted(set(samples[classes == 1])) == [0, 2]
    samples, classes = sampler_of(RareClass(temperature=10, min_pixels=49), table, 60)(0)
    assert sorted(set(samples[classes == 1])) == [0, 1, 2]


@pytest.mark.parametrize("temperature", [0.01, 0.1])
def test_frequencies_on_camvid(camvid: Path, temperature: float) -> None:
    table = camvid_table(camvid)
    num_samples, num_classes = table.shape
    sampler = sampler_of(RareClass(temperature), table, num_samples)
    times = np.zeros_like(table)
    for epoch in range(200):
        samples, classes = sampler(epoch)
        np.add.at(times, (samples, classes), 1)
    by_class = 200 * num_samples * formula(table, temperature)
    # Over 200 epochs, rounding averages out.
    assert (np.abs(times.sum(axis=0) - by_class) < 4).all()
    for class_id in range(num_classes):
        most = table[:, class_id].max()
        enough = table[:, class_id] >= (3000 if most >= 3000 else most / 2)
        assert not times[~enough, class_id].any()
        # Complete passes, and one that was started.
        assert np.ptp(times[enough, class_id]) <= 1
    expected = by_class[by_class > 5]
    drawn = times.sum(axis=0)[by_class > 5]
    # Independent draws of 11 classes exceed 29.6 (10 degrees of freedom) once in a thousand seeds.
    assert ((drawn - expected) ** 2 / expected).sum() < 29.6


def test_the_order_is_frozen() -> None:
    """A change of these numbers changes the meaning of users' seeds: their runs could not be reproduced."""
    table = np.array([[9000, 0, 0], [9000, 0, 7], [4000, 0, 0], [3000, 0, 4], [0, 0, 0]])
    samples, classes = sampler_of(RareClass(temperature=0.7), table, 9, seed=1)(2)
    assert samples.tolist() == [3, 1, 3, 3, 1, 3, 1, 3, 1]
    assert classes.tolist() == [2, 2, 2, 2, 2, 0, 2, 2, 0]


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"temperature": 0}, ValueError, r"temperature=0; expected a number above 0$"),
        ({"temperature": float("inf")}, ValueError, "temperature=inf; expected"),
        ({"temperature": None}, TypeError, "temperature=None; expected"),
        ({"min_pixels": 0}, ValueError, "min_pixels=0; expected at least 1"),
        ({"min_pixels": 0.5}, TypeError, "min_pixels=0.5; expected an integer"),
    ],
)
def test_invalid_arguments(arguments: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        RareClass(**arguments)
