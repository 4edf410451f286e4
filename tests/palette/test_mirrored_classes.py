"""Mirrored classes: pairs that are given, and names that look like pairs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from seqaug.palette.mirrored_classes import left_right_pairs, mirrored_pairs

NAMES = ["background", "left lung", "right lung", "heart"]


def test_names_become_ids() -> None:
    assert mirrored_pairs([("right lung", "left lung")], NAMES, 4, 255) == [(2, 1)]
    assert mirrored_pairs(None, NAMES, 4, 255) == mirrored_pairs([], NAMES, 4, 255) == []


def test_ids_are_taken_where_there_are_no_names() -> None:
    assert mirrored_pairs(np.array([[1, 2]]), None, None, None) == [(1, 2)]
    assert mirrored_pairs([(np.int64(1), 2), (3, 0)], None, 4, None) == [(1, 2), (3, 0)]


@pytest.mark.parametrize(
    ("given", "names", "error", "message"),
    [
        (("left lung", "right lung"), NAMES, TypeError, r'a list of pairs, such as \[\("left lung", "right lung"\)\]'),
        ("left lung", NAMES, TypeError, "a list of pairs"),
        (7, NAMES, TypeError, "a list of pairs"),
        ({"left lung": "right lung"}, NAMES, TypeError, "a list of pairs"),
        ([("left lung",)], NAMES, TypeError, "a list of pairs"),
        ([("left lung", "right lungs")], NAMES, ValueError, "'right lungs', which is not in the palette; expected two"),
        ([(1, 2)], NAMES, TypeError, "1; expected names of the palette's classes"),
        ([("left lung", "left lung")], NAMES, ValueError, "'left lung' twice"),
        ([("left lung", "right lung"), ("heart", "left lung")], NAMES, ValueError, "'left lung' twice"),
        ([("left lung", "right lung")], None, TypeError, r"without a palette classes have no names; .* \[\(1, 2\)\]"),
        ([(1, 4)], None, ValueError, "class id 4; expected ids below num_classes=4"),
        ([(-1, 2)], None, ValueError, "mirrored_classes=-1; expected at least 0"),
        ([(1.0, 2)], None, TypeError, r"mirrored_classes=1.0; expected an integer"),
        ([(1, 3)], None, ValueError, "3, which is the ignore_index"),
    ],
)
def test_what_is_no_list_of_pairs_of_classes_is_an_error(
    given: Any, names: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        mirrored_pairs(given, names, 4, 3 if names is None else 255)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("left lung", "right lung"),
        ("lung_left", "lung_right"),
        ("L_hand", "R_hand"),
        ("LeftEye", "RightEye"),
        ("eyeLeft", "eyeRight"),
        ("Left-Thalamus-Proper", "Right-Thalamus-Proper"),
        ("ctx-lh-insula", "ctx-rh-insula"),
        ("LEFT ATRIUM", "RIGHT ATRIUM"),
        ("kidney (left)", "kidney (right)"),
        ("rib 3 l", "rib 3 r"),
    ],
)
def test_names_of_two_sides_are_found(left: str, right: str) -> None:
    assert left_right_pairs(["other", right, left]) == [(2, 1)]


@pytest.mark.parametrize(
    "names",
    [
        ["bright", "dark", "leftover", "rightover", "copyright"],
        ["left lung", "heart"],
        ["left lung", "right kidney"],
        ["lung", "rung"],
        ["l1", "r2"],
        ["road", "load"],
        [],
    ],
)
def test_other_names_are_not(names: list[str]) -> None:
    assert left_right_pairs(names) == []
