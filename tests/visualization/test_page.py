"""Pages."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from seqaug.visualization.page import MAX_HEIGHT, Page, Row, cell_width, page_width


def page(num_rows: int, cell_height: int, notes: int = 0, width: int = 500) -> Page:
    cell = np.zeros((cell_height, cell_width(width, 2), 3), np.uint8)
    return Page(
        width=width,
        headings=("a", "b"),
        rows=[Row(str(number), [cell, cell]) for number in range(num_rows)],
        cell_size=(cell_height, cell_width(width, 2)),
        legend=[("sky", (0, 0, 200)), ("background", None)],
        hatched="ignored",
        notes=["a note"] * notes,
    )


@pytest.mark.parametrize("num_rows", [1, 9, 10, 11, 200])
@pytest.mark.parametrize("cell_height", [10, 120, 350, 2000])
@pytest.mark.parametrize("notes", [0, 1, 50])
def test_pages_are_not_too_high_and_lose_nothing(num_rows: int, cell_height: int, notes: int) -> None:
    whole = page(num_rows, cell_height, notes)
    pages = whole.split()
    assert [row.caption for each in pages for row in each.rows] == [row.caption for row in whole.rows]
    assert [len(each.notes) for each in pages] == [0] * (len(pages) - 1) + [notes]
    assert all(each.height <= MAX_HEIGHT for each in pages)
    assert len(pages) == 1 or whole.height > MAX_HEIGHT


def test_a_row_higher_than_a_page_is_alone() -> None:
    assert [len(each.rows) for each in page(2, 5000).split()] == [1, 1]


@pytest.mark.parametrize("width", [400, 777, 1001, 1237])
def test_a_picture_is_as_large_as_its_page(width: int) -> None:
    one_row = page(1, 50, 1, width)
    picture = cv2.imdecode(np.frombuffer(one_row.render("png"), np.uint8), cv2.IMREAD_COLOR_RGB)
    assert picture.shape == (one_row.height, width, 3)


def test_widths() -> None:
    assert page_width("width", 400) == 400
    for width in (399, 10_001):
        with pytest.raises(ValueError, match=rf"--width={width}; expected at"):
            page_width("--width", width)
