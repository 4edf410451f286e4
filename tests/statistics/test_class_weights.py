"""Class weights; invalid ones are tested where masks and labels are encoded."""

from __future__ import annotations

from fractions import Fraction
from math import log

import numpy as np
import pytest
from class_tables import class_tables
from hypothesis import assume, given
from hypothesis import strategies as st

from seqaug.statistics.class_weights import WEIGHT_METHODS, checked_weights, compute_class_weights
from seqaug.statistics.counts import ClassCounts


def test_one_for_each_class_or_for_all() -> None:
    assert checked_weights([1, 2], 2, "num_classes=").tolist() == [1, 2]
    assert checked_weights(3, None, "num_classes=") == 3
    with pytest.raises(ValueError, match=r"expected one weight per class, with labels=$"):
        checked_weights([1, 2], None, "labels=")


# Class 3 is in no sample. Pixels: 80, 40, 80 of 200; samples: 2, 1, 1.
TABLE = [[60, 40, 0, 0], [20, 0, 80, 0]]

methods = pytest.mark.parametrize("method", WEIGHT_METHODS)


def weigh(table: object, method: str, **options: float) -> np.ndarray:
    table = np.asarray(table)
    return compute_class_weights(ClassCounts.from_rows(table, table.shape[1]), method, **options)


def test_median_frequency() -> None:
    # f = 80/200, 40/100 and 80/100: ignored pixels and images without the class count nowhere; their median is 0.4.
    assert weigh(TABLE, "median_frequency") == pytest.approx([0.4 / 0.4, 0.4 / 0.4, 0.4 / 0.8, 0])


def test_median_of_an_even_number_of_frequencies() -> None:
    # f = 10/100 and 90/100; halfway between them is 0.5.
    assert weigh([[10, 90]], "median_frequency") == pytest.approx([5, 5 / 9])


def test_inverse() -> None:
    assert weigh(TABLE, "inverse") == pytest.approx([1 / (3 * 0.4), 1 / (3 * 0.2), 1 / (3 * 0.4), 0])
    assert weigh([[5, 0, 5], [0, 0, 0]], "inverse").tolist() == [1, 0, 1]


def test_enet() -> None:
    assert weigh(TABLE, "enet") == pytest.approx([1 / log(1.42), 1 / log(1.22), 1 / log(1.42), 0])


def test_effective_number() -> None:
    # With beta 0.5: 0.5 / (1 - 0.25) = 2/3 for two samples and 0.5 / (1 - 0.5) = 1 for one; they sum to 8/3, not to 3.
    assert weigh(TABLE, "effective_number", beta=0.5) == pytest.approx([2 / 3 * 9 / 8, 9 / 8, 9 / 8, 0])
    assert weigh(TABLE, "effective_number", beta=0).tolist() == [1, 1, 1, 0]
    assert weigh(TABLE, "effective_number").tolist() == weigh(TABLE, "effective_number", beta=0.999).tolist()


@pytest.mark.parametrize("beta", [0.999, 1 - 2**-30, 1 - 2**-53])
def test_effective_number_loses_no_digits_near_1(beta: float) -> None:
    """Compared with fractions, which are exact; 1 - beta ** n in doubles would lose all of them."""
    numbers = [1, 7, 40]
    table = [[index < number for number in numbers] for index in range(40)]
    exact = [(1 - Fraction(beta)) / (1 - Fraction(beta) ** number) for number in numbers]
    expected = [float(len(numbers) * weight / sum(exact)) for weight in exact]
    assert weigh(table, "effective_number", beta=beta) == pytest.approx(expected, rel=1e-14)


@methods
def test_a_single_class(method: str) -> None:
    assert weigh([[0, 7], [0, 9]], method) == pytest.approx([0, 1 / log(2.02) if method == "enet" else 1])


@methods
def test_a_class_in_one_image_only(method: str) -> None:
    weights = weigh([[99, 1], *[[100, 0]] * 9], method)
    assert weights[1] > weights[0] > 0


@methods
def test_images_of_ignored_pixels_alone_change_nothing(method: str) -> None:
    assert weigh([*TABLE, [0, 0, 0, 0]], method).tolist() == weigh(TABLE, method).tolist()


@methods
def test_without_any_class_there_are_no_weights(method: str) -> None:
    with pytest.raises(ValueError, match=r"none is in any of the 2 masks: every pixel is ignored; check the palette"):
        weigh([[0, 0], [0, 0]], method)


def test_unknown_methods_and_betas_out_of_range() -> None:
    with pytest.raises(ValueError, match=r"method='median'; expected one of 'median_frequency', 'inverse'"):
        weigh(TABLE, "median")
    for beta in (1, -0.1, float("nan")):
        with pytest.raises(ValueError, match=r"beta=.*; expected 0 to below 1, such as 0.99"):
            weigh(TABLE, "effective_number", beta=beta)


@methods
@given(table=class_tables(), data=st.data())
def test_laws(method: str, table: np.ndarray, data: st.DataObject) -> None:
    present = table.any(0)
    assume(present.any())
    weights = weigh(table, method)
    assert weights.dtype == np.float64
    assert np.isfinite(weights).all()
    assert np.array_equal(weights > 0, present)
    # The order of samples and classes means nothing.
    samples = data.draw(st.permutations(range(len(table))))
    classes = data.draw(st.permutations(range(table.shape[1])))
    assert weigh(table[samples][:, classes], method) == pytest.approx(weights[classes], rel=1e-12)
    if method == "effective_number":
        assert weights.sum() == pytest.approx(present.sum())
    if method == "inverse":
        assert (weights * table.sum(0)).sum() == pytest.approx(table.sum())
    if method in ("inverse", "enet"):
        # The rarer, the heavier.
        pixels = table.sum(0)[present]
        assert (np.diff(weights[present][np.argsort(pixels)]) <= 1e-12 * weights.max()).all()


@methods
@given(table=class_tables(largest=2**20), factor=st.integers(2, 1000))
def test_the_size_of_images_means_nothing(method: str, table: np.ndarray, factor: int) -> None:
    assume(table.any())
    assert weigh(table * factor, method) == pytest.approx(weigh(table, method), rel=1e-12)
