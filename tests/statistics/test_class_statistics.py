"""The table of the classes."""

import numpy as np
import pytest
from class_tables import class_tables
from hypothesis import given

from seqaug.statistics import ClassCounts, ClassStatistics, compute_class_weights

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


def test_weights() -> None:
    statistics = ClassStatistics(COUNTS)
    for method in ("median_frequency", "enet"):
        assert np.array_equal(statistics.compute_class_weights(method), compute_class_weights(COUNTS, method))
    expected = compute_class_weights(COUNTS, "effective_number", beta=0.9)
    assert np.array_equal(statistics.compute_class_weights("effective_number", beta=0.9), expected)


@given(class_tables())
def test_shares_sum_to_1(table: np.ndarray) -> None:
    share = ClassStatistics(ClassCounts.from_rows(table, table.shape[1])).share
    assert share.sum() == pytest.approx(1 if table.any() else 0)
