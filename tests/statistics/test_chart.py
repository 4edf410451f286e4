"""Charts of classes."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from seqaug.statistics.chart import save_class_chart
from seqaug.statistics.class_statistics import ClassStatistics
from seqaug.statistics.counts import ClassCounts
from seqaug.utils.distinct_colors import distinct_colors

COLORS = np.array([[200, 10, 10], [10, 200, 10], [10, 10, 200]], np.uint8)


def bars(path: Path) -> list[int]:
    picture = cv2.imread(str(path))[..., ::-1]
    return [int((picture == color).all(axis=-1).sum()) for color in COLORS]


def test_bars_are_as_long_as_the_shares(tmp_path: Path) -> None:
    statistics = ClassStatistics(ClassCounts.from_rows([[900, 90, 0], [900, 0, 0]], 3), ["a", "b", "c"])
    save_class_chart(statistics, tmp_path / "c.png", COLORS)
    first, second, third = bars(tmp_path / "c.png")
    assert first > 1.4 * second > 1000
    assert third < 100


@pytest.mark.parametrize("rows", [[[0, 0, 0]], [[0, 0, 5]], [[10**9, 1, 0]]])
def test_extremes(tmp_path: Path, rows: list[list[int]]) -> None:
    save_class_chart(ClassStatistics(ClassCounts.from_rows(rows, 3)), tmp_path / "c.png")
    assert cv2.imread(str(tmp_path / "c.png")) is not None


def test_classes_without_colours_get_distinct_ones(tmp_path: Path) -> None:
    save_class_chart(ClassStatistics(ClassCounts.from_rows([[9] * 40], 40)), tmp_path / "c.png")
    picture = cv2.imread(str(tmp_path / "c.png"))[..., ::-1]
    for color in distinct_colors()[:40]:
        assert (picture == color).all(axis=-1).sum() > 500


def test_charts_of_many_classes_stay_below_4000_pixels(tmp_path: Path) -> None:
    save_class_chart(ClassStatistics(ClassCounts.from_rows([[9] * 150], 150)), tmp_path / "c.png")
    assert 3900 < cv2.imread(str(tmp_path / "c.png")).shape[0] <= 4000


def test_the_axis_says_that_it_is_logarithmic(tmp_path: Path) -> None:
    save_class_chart(ClassStatistics(ClassCounts.from_rows([[900, 90, 0]], 3)), tmp_path / "c.svg")
    assert "<!-- share of labelled pixels (log scale) -->" in (tmp_path / "c.svg").read_text()
