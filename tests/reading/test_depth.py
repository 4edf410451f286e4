"""Files of 16 bits that hold fewer."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import tifffile

from seqaug.reading.depth import shallow_remark
from seqaug.reading.images import read_image

TWELVE_BITS = np.arange(4096, dtype=np.uint16).reshape(64, 64)


def write(path: Path, pixels: np.ndarray) -> Path:
    cv2.imwrite(str(path), pixels)
    return path


@pytest.mark.parametrize("suffix", [".png", ".tif"])
@pytest.mark.parametrize("mode", ["grayscale", "rgb", "rgba"])
def test_twelve_bits(tmp_path: Path, suffix: str, mode: str) -> None:
    path = write(tmp_path / f"a{suffix}", TWELVE_BITS)
    said = shallow_remark([path], mode)
    assert said is not None
    assert f"greatest value, 4095 in the first batch, is far below 65535: color_mode='{mode}' keeps the" in said
    assert f"leaves {len(np.unique(read_image(path, 'grayscale')))} grey levels of 4096" in said
    assert 'set color_mode="unchanged" and rescale=1 / 4095' in said


def test_what_is_as_it_should_be(tmp_path: Path) -> None:
    shallow = write(tmp_path / "a.png", TWELVE_BITS)
    for name, pixels in {
        "deep.png": TWELVE_BITS * 16,
        "eight.png": np.full((8, 8), 3, np.uint8),
        "eight.jpg": np.full((8, 8), 3, np.uint8),
        "eight.tif": np.full((8, 8), 3, np.uint8),
    }.items():
        assert shallow_remark([write(tmp_path / name, pixels)], "rgb") is None
        assert shallow_remark([shallow, tmp_path / name], "rgb") is None
    assert shallow_remark([write(tmp_path / "black.png", TWELVE_BITS * 0)], "rgb") is None
    assert shallow_remark([shallow, tmp_path / "none.png"], "rgb") is None
    tifffile.imwrite(tmp_path / "signed.tif", TWELVE_BITS.astype(np.int16))
    assert shallow_remark([tmp_path / "signed.tif"], "rgb") is None
