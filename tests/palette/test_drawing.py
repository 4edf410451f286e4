"""Legends of palettes."""

import sys
from pathlib import Path

import cv2
import pytest

from seqaug import Palette
from seqaug.palette.drawing import entries_of, save_palette

PALETTE = Palette({"void": (250, 250, 250), "sky": (1, 2, 203), "road": (9, 99, 9)}, ignore=["void"])


def test_entries_are_classes_and_then_ignored_colours() -> None:
    assert entries_of(PALETTE) == [(0, "sky", (1, 2, 203)), (1, "road", (9, 99, 9)), (None, "void", (250, 250, 250))]


@pytest.mark.parametrize("palette", [PALETTE, Palette.named("ade20k")])
def test_every_colour_is_in_the_picture(tmp_path: Path, palette: Palette) -> None:
    save_palette(palette, tmp_path / "p.png")
    picture = cv2.imread(str(tmp_path / "p.png"))
    for entry in entries_of(palette):
        assert (picture == entry.color[::-1]).all(axis=-1).sum() > 200, entry


def test_without_matplotlib(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(ImportError, match="pip install"):
        save_palette(PALETTE, tmp_path / "p.png")
