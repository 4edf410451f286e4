"""16-bit files that use fewer bits."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import tifffile

from seqaug.reading.depth import low_bit_depth_warning
from seqaug.reading.images import read_image

TWELVE_BITS = np.arange(4096, dtype=np.uint16).reshape(64, 64)


def write(path: Path, pixels: np.ndarray) -> Path:
    cv2.imwrite(str(path), pixels)
    return path


@pytest.mark.parametrize("suffix", [".png", ".tif"])
@pytest.mark.parametrize("mode", ["grayscale", "rgb", "rgba"])
def test_twelve_bits(tmp_path: Path, suffix: str, mode: str) -> None:
    path = write(tmp_path / f"a{suffix}", TWELVE_BITS)
    warning = low_bit_depth_warning([path], mode)
    assert warning is not None
    assert f"highest value, 4095 in the first batch, is far below 65535: color_mode='{mode}' keeps the" in warning
    assert f"leaves {len(np.unique(read_image(path, 'grayscale')))} grey levels of 4096" in warning
    assert 'set color_mode="unchanged" and rescale=1 / 4095' in warning


def test_full_ranges_and_other_depths_give_no_warning(tmp_path: Path) -> None:
    twelve_bits = write(tmp_path / "a.png", TWELVE_BITS)
    for name, pixels in {
        "deep.png": TWELVE_BITS * 16,
        "eight.png": np.full((8, 8), 3, np.uint8),
        "eight.jpg": np.full((8, 8), 3, np.uint8),
        "eight.tif": np.full((8, 8), 3, np.uint8),
    }.items():
        assert low_bit_depth_warning([write(tmp_path / name, pixels)], "rgb") is None
        assert low_bit_depth_warning([twelve_bits, tmp_path / name], "rgb") is None
    assert low_bit_depth_warning([write(tmp_path / "black.png", TWELVE_BITS * 0)], "rgb") is None
    assert low_bit_depth_warning([twelve_bits, tmp_path / "none.png"], "rgb") is None
    tifffile.imwrite(tmp_path / "signed.tif", TWELVE_BITS.astype(np.int16))
    assert low_bit_depth_warning([tmp_path / "signed.tif"], "rgb") is None
