"""Run lengths of COCO and of Kaggle."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pycocotools import mask as pycocotools

from seqaug.sources.run_lengths import (
    RunLengthMasks,
    checked_counts,
    decode_counts,
    group_rows,
    paint_counts,
    paint_starts,
)

MASKS = st.tuples(st.integers(1, 12), st.integers(1, 12), st.integers(0, 2**32)).map(
    lambda drawn: np.random.default_rng(drawn[2]).random(drawn[:2]) < 0.4
)


def kaggle(mask: np.ndarray) -> str:
    """Encode a mask as notebooks on Kaggle do."""
    pixels = np.concatenate([[0], mask.T.flatten(), [0]])
    runs = np.where(pixels[1:] != pixels[:-1])[0] + 1
    runs[1::2] -= runs[::2]
    return " ".join(map(str, runs))


def drawn_counts(counts: list[int], height: int, width: int) -> np.ndarray:
    columns = np.zeros((width, height), np.uint16)
    paint_counts(columns, 1, runs=checked_counts(counts, height, width))
    return columns.T


def drawn_starts(text: str, height: int, width: int) -> np.ndarray:
    columns = np.zeros((width, height), np.uint16)
    paint_starts(columns, 1, text=text)
    return columns.T


@given(MASKS)
def test_kaggle_comes_back(mask: np.ndarray) -> None:
    assert np.array_equal(drawn_starts(kaggle(mask), *mask.shape), mask)


@given(MASKS)
def test_coco_comes_back(mask: np.ndarray) -> None:
    encoded = pycocotools.encode(np.asfortranarray(mask.astype(np.uint8)))
    counts = decode_counts(encoded["counts"].decode())
    assert np.array_equal(drawn_counts(counts, *mask.shape), mask)


def test_large_counts_are_compressed_too() -> None:
    mask = np.zeros((700, 900), bool)
    mask[100:600, 3:880] = True
    encoded = pycocotools.encode(np.asfortranarray(mask.astype(np.uint8)))
    assert np.array_equal(drawn_counts(decode_counts(encoded["counts"].decode()), 700, 900), mask)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1 2 3", "3 numbers; expected pairs of start and length"),
        ("1 x", "'1 x'; expected pairs"),
        ("0 2", r"run of 2 pixels from 0 leaves the image of 3x4 \(height x width\); expected runs within 1 to 12"),
        ("12 2", "run of 2 pixels from 12 leaves the image"),
        ("3 0", "run of 0 pixels from 3"),
        ("3 -1", "run of -1 pixels"),
    ],
)
def test_broken_runs_of_kaggle(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        drawn_starts(text, 3, 4)


@pytest.mark.parametrize("counts", [[5], [0, 13], [-1, 13], [[1, 2]], []])
def test_broken_counts(counts: Any) -> None:
    with pytest.raises(ValueError, match=r"its run lengths are broken: .* expected 12, for 3x4"):
        drawn_counts(counts, 3, 4)


def test_broken_compressed_counts() -> None:
    with pytest.raises(ValueError, match="' ' is no character"):
        decode_counts("01 5")
    with pytest.raises(ValueError, match="they end within a number"):
        decode_counts("Z")


def test_rows_are_grouped_by_image() -> None:
    images, masks, classes = group_rows(["b", "a", "b", "c"], ["1 2", "", "5 1", float("nan")], None, "t.csv")
    assert (images, classes) == (["b", "a", "c"], 1)
    assert [masks.draw(masks[at], 2, 3).T.ravel().tolist() for at in range(3)] == [
        [1, 1, 0, 0, 1, 0],
        [0] * 6,
        [0] * 6,
    ]
    _, masks, classes = group_rows(["a", "a"], ["1 3", "3 2"], ["2", 1.0], "t.csv")
    assert classes == 2
    assert masks.draw(masks[0], 2, 3).T.ravel().tolist() == [2, 2, 1, 1, 0, 0]
    _, masks, classes = group_rows(["a", "a"], ["1 1", "2 1"], ["scratch", "dent"], "t.csv")
    assert classes == ["dent", "scratch"]
    assert masks.draw(masks[0], 2, 3).T.ravel().tolist() == [2, 1, 0, 0, 0, 0]
    assert isinstance(masks.take([0]), RunLengthMasks)


@pytest.mark.parametrize(
    ("runs", "classes", "message"),
    [
        ([3.0], None, "t.csv, row 0: the run lengths are 3.0; expected text"),
        (["1 1"], ["0"], "t.csv, row 0: the class is '0'; expected a name, or an id from 1: 0 is background"),
        (["1 1"], ["1.5"], "the class is '1.5'"),
        (["1 1"], [""], "the class is ''"),
        (["1 1", "2 1"], ["1", "dent"], "has class names, such as 'dent', and ids"),
    ],
)
def test_rows_that_cannot_be(runs: list[Any], classes: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        group_rows(["a"] * len(runs), runs, classes, "t.csv")
