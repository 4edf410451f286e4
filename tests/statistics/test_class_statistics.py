"""Class statistics and their tables."""

from __future__ import annotations

import numpy as np
import pytest
from class_tables import class_tables
from hypothesis import given
from hypothesis import strategies as st

from seqaug.sources.class_labels import ClassLabels
from seqaug.statistics.class_statistics import ClassStatistics, LabelStatistics
from seqaug.statistics.class_weights import compute_class_weights
from seqaug.statistics.counts import ClassCounts

COUNTS = ClassCounts.from_rows([[1500, 500, 0], [2000, 0, 0]], 3, np.array([0, 1000]))


def test_the_numbers() -> None:
    statistics = ClassStatistics(COUNTS, ["sky", "road", "lamp"])
    assert statistics.names == ["sky", "road", "lamp"]
    assert statistics.pixels.tolist() == [3500, 500, 0]
    assert statistics.share.tolist() == [3500 / 4000, 500 / 4000, 0]
    assert statistics.images.tolist() == [2, 1, 0]
    assert (statistics.num_images, statistics.ignored_pixels) == (2, 1000)
    assert statistics.counts is COUNTS


def test_the_table() -> None:
    assert str(ClassStatistics(COUNTS, ["sky", "street lamp", "<b>"])).splitlines() == [
        "class        pixels    share  images",
        "sky           3,500  87.500%       2",
        "street lamp     500  12.500%       1",
        "<b>               0   0.000%       0",
        "images: 2; ignored pixels: 1,000 of 5,000 (20.000%)",
    ]
    assert repr(ClassStatistics(COUNTS)) == "<ClassStatistics of 3 classes in 2 images>"


def test_the_table_in_a_notebook() -> None:
    html = ClassStatistics(COUNTS, ["sky", "road", "<b>"])._repr_html_()
    assert "<tr><td>sky</td><td>3,500</td><td>87.500%</td><td>2</td></tr>" in html
    assert "<td>&lt;b&gt;</td>" in html


def test_without_a_palette_classes_are_numbered() -> None:
    assert ClassStatistics(COUNTS).names == ["class 0", "class 1", "class 2"]


def test_nothing_but_ignored_pixels() -> None:
    statistics = ClassStatistics(ClassCounts.from_rows([[0, 0]], 2, np.array([9])))
    assert statistics.share.tolist() == [0, 0]
    assert str(statistics).endswith("images: 1; ignored pixels: 9 of 9 (100.000%)")
    with pytest.raises(ValueError, match="every pixel is ignored"):
        statistics.compute_class_weights("enet")


def test_no_images() -> None:
    assert "images: 0; ignored pixels: 0 of 0 (0.000%)" in str(ClassStatistics(ClassCounts.from_rows([], 2)))


def test_ignored_pixels_may_be_more_than_32_bits_count() -> None:
    counts = ClassCounts.from_rows([[1], [1]], 1, np.array([2**32 - 1, 2**32 - 1]))
    assert ClassStatistics(counts).ignored_pixels == 2**33 - 2


def test_weights_in_class_statistics() -> None:
    statistics = ClassStatistics(COUNTS)
    for method in ("median_frequency", "enet"):
        assert np.array_equal(statistics.compute_class_weights(method), compute_class_weights(COUNTS, method))
    expected = compute_class_weights(COUNTS, "effective_number", beta=0.9)
    assert np.array_equal(statistics.compute_class_weights("effective_number", beta=0.9), expected)


@given(class_tables())
def test_shares_sum_to_1(table: np.ndarray) -> None:
    share = ClassStatistics(ClassCounts.from_rows(table, table.shape[1])).share
    assert share.sum() == pytest.approx(1 if table.any() else 0)


def of(labels: list[int], num_classes: int = 3) -> LabelStatistics:
    return LabelStatistics(ClassLabels(labels, multi_label=False, num_classes=num_classes).counts)


def test_counts() -> None:
    found = of([0, 0, 2, 0])
    assert found.images.tolist() == [3, 0, 1]
    assert found.share.tolist() == [0.75, 0, 0.25]
    assert (found.num_images, found.unlabelled) == (4, 0)
    assert found.names == ["class 0", "class 1", "class 2"]
    assert repr(found) == "<LabelStatistics of 3 classes in 4 images>"


def test_several_labels() -> None:
    found = LabelStatistics(ClassLabels([[0, 1], [], [1]], multi_label=True).counts, ["wet", "cold"])
    assert (found.images.tolist(), found.unlabelled) == ([1, 2], 1)
    assert str(found).splitlines() == [
        "class  images    share",
        "wet         1  33.333%",
        "cold        2  66.667%",
        "images: 3; without a class: 1",
    ]
    assert "<td>cold</td><td>2</td>" in found._repr_html_()


@given(st.lists(st.integers(0, 4), min_size=1, max_size=60))
def test_weights(labels: list[int]) -> None:
    found = of(labels, 5)
    count = np.bincount(labels, minlength=5)
    present = count > 0
    # As scikit-learn's "balanced": n / (K n_c).
    inverse = found.compute_class_weights("inverse")
    assert np.allclose(inverse[present], len(labels) / (present.sum() * count[present]))
    assert np.isclose(np.average(inverse, weights=count), 1)
    assert np.allclose(
        found.compute_class_weights("median_frequency")[present], np.median(count[present]) / count[present]
    )
    assert np.allclose(found.compute_class_weights("enet")[present], 1 / np.log(1.02 + count[present] / len(labels)))
    effective = found.compute_class_weights("effective_number", beta=0.9)
    raw = 0.1 / (1 - 0.9 ** count[present])
    assert np.allclose(effective[present], raw * present.sum() / raw.sum())
    for method in ("inverse", "median_frequency", "enet", "effective_number"):
        weights = found.compute_class_weights(method)
        assert not weights[~present].any()
        assert (np.diff(weights[present][np.argsort(count[present])]) <= 1e-12).all()


def test_weights_need_a_known_method_and_labels() -> None:
    with pytest.raises(ValueError, match=r"method='rarest'; expected one of 'median_frequency'"):
        of([0]).compute_class_weights("rarest")
    empty = LabelStatistics(ClassLabels([[], []], multi_label=True).counts)
    with pytest.raises(ValueError, match=r"class weights need labels, and none of the 2 images has any"):
        empty.compute_class_weights("inverse")
