"""Palettes from indexed PNGs."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from file_server import FileServer
from indexed import write_indexed

from seqaug.errors import ReadError
from seqaug.palette import Palette


def test_the_table_is_the_palette(tmp_path: Path) -> None:
    path = write_indexed(tmp_path / "m.png", [[0, 0, 0], [128, 0, 0], [9, 9, 9]])
    palette = Palette.from_png(path)
    assert palette == Palette({"class_0": (0, 0, 0), "class_1": (128, 0, 0), "class_2": (9, 9, 9)})
    assert Palette.from_png(path, ignore=("class_2",)).names == ("class_0", "class_1")


def test_padding_is_dropped(tmp_path: Path) -> None:
    table = [[7, 7, 7], [0, 0, 0], [1, 1, 1]] + [[0, 0, 0]] * 252 + [[7, 7, 7]]
    assert Palette.from_png(write_indexed(tmp_path / "m.png", table)).names == ("class_0", "class_1", "class_2")


def test_a_colour_twice(tmp_path: Path) -> None:
    path = write_indexed(tmp_path / "m.png", [[0, 0, 0], [5, 5, 5], [0, 0, 0], [6, 6, 6]])
    with pytest.raises(ReadError, match=r"m\.png: the entries 0 and 2 of the colour table are both \(0, 0, 0\)"):
        Palette.from_png(path)


def test_no_table(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "m.png"), np.zeros((2, 2, 3), np.uint8))
    with pytest.raises(ReadError, match=r"m\.png: a PNG without a colour table"):
        Palette.from_png(tmp_path / "m.png")
    with pytest.raises(ReadError, match="no such file"):
        Palette.from_png(tmp_path / "n.png")


def test_a_url(tmp_path: Path, server: FileServer) -> None:
    path = write_indexed(tmp_path / "m.png", [[0, 0, 0], [128, 0, 0]])
    assert Palette.from_png(f"{server.url}/m.png") == Palette.from_png(path)
