"""Checks of palettes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from seqaug.palette.palette import Palette

TWO = {"sky": (1, 2, 3), "sea": (4, 5, 6)}


@pytest.mark.parametrize(
    ("colors", "message"),
    [
        ({}, "a palette of 0 colours; expected 1 to 65536"),
        ({"sky": (1, 2)}, r"colour of 'sky' is \(1, 2\); expected three integers from 0 to 255"),
        ({"sky": (1, 2, 256)}, "three integers"),
        ({"sky": (-1, 2, 3)}, "three integers"),
        ({"sky": (0.5, 0.5, 0.5)}, "three integers"),
        ({"sky": "#808080"}, "three integers"),
        ({"sky": 7}, "three integers"),
        ({"sky": (1, 2, 3), "sea": (9, 9, 9), "lake": (1, 2, 3)}, r"'sky' and 'lake' are both \(1, 2, 3\)"),
        ({"": (1, 2, 3)}, "empty name"),
        ({"sky": [(1, 2, 3), (1, 2)]}, r"colour of .sky. is \(1, 2\); expected three integers"),
        ({"sky": []}, "three integers from 0 to 255: .red, green, blue.; or a list of such colours"),
        ({"sky": [(1, 2, 3), (1, 2, 3)]}, r"'sky' has the colour \(1, 2, 3\) twice"),
        ({"sky": [(1, 2, 3), (7, 7, 7)], "sea": [(7, 7, 7)]}, r"'sky' and 'sea' are both \(7, 7, 7\)"),
    ],
)
def test_colors(colors: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Palette(colors)


def test_too_many_colors() -> None:
    with pytest.raises(ValueError, match="a palette of 65537 colours"):
        Palette({str(code): (code >> 16, code >> 8 & 255, code & 255) for code in range(65_537)})


@pytest.mark.parametrize(
    ("colors", "message"), [([(1, 2, 3)], "a palette of list; expected a mapping"), ({0: (1, 2, 3)}, "0 is int")]
)
def test_no_mapping_of_names(colors: Any, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        Palette(colors)


def test_numpy_integers_are_integers() -> None:
    assert Palette({"sky": np.array([1, 2, 3], np.uint8)}) == Palette({"sky": (1, 2, 3)})


def test_ignore() -> None:
    with pytest.raises(ValueError, match=r"ignore names 'see', which is not in the palette; .*'sea'"):
        Palette(TWO, ignore=("see",))
    with pytest.raises(ValueError, match="all 2 colours are ignored"):
        Palette(TWO, ignore=("sky", "sea"))
    with pytest.raises(TypeError, match=r"ignore=\('sky',\)"):
        Palette(TWO, ignore="sky")


def test_unknown() -> None:
    with pytest.raises(ValueError, match="unknown='warn'; expected one of 'raise', 'ignore', 'nearest'"):
        Palette(TWO, unknown="warn")
    every_id = {str(code): (code >> 16, code >> 8 & 255, code & 255) for code in range(65_536)}
    with pytest.raises(ValueError, match="leaves no id"):
        Palette(every_id, unknown="ignore")
