"""The scripts that draw the pictures of the site."""

import runpy
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from script_modules import SCRIPTS


@pytest.mark.parametrize(
    ("name", "width", "height"),
    [("augmented_batch", 4 * 2 * (112 + 8), 3 * (112 + 8)), ("gallery", 5 * (256 + 8), 2 * (2 * (192 + 8) + 22))],
)
def test_pictures(name: str, width: int, height: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "new" / "picture.png"
    monkeypatch.setattr(sys, "argv", [name, str(file)])
    monkeypatch.syspath_prepend(str(SCRIPTS / "figures"))
    runpy.run_path(str(SCRIPTS / "figures" / f"{name}.py"), run_name="__main__")
    drawn = cv2.imread(str(file))
    assert drawn.shape == (height, width, 3)
    # It equals the picture of the site, up to differences between versions of decoders.
    shown = cv2.imread(str(SCRIPTS.parent / "docs" / f"{name}.png"))
    assert (np.abs(drawn.astype(int) - shown) > 8).mean() < 0.02
