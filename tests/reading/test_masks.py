"""Masks of class ids and of colours."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from seqaug import ReadError
from seqaug.reading.masks import read_class_ids, read_mask_colors


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("suffix", [".png", ".tiff"])
def test_ids_are_read_as_stored(tmp_path: Path, dtype: type, suffix: str) -> None:
    ids = np.arange(0, np.iinfo(dtype).max, np.iinfo(dtype).max // 255).astype(dtype)[:240].reshape(12, 20)
    cv2.imwrite(str(tmp_path / f"a{suffix}"), ids)
    read = read_class_ids(tmp_path / f"a{suffix}")
    assert read.dtype == dtype
    assert np.array_equal(read, ids)


def test_equal_channels_give_ids(tmp_path: Path) -> None:
    ids = np.arange(240, dtype=np.uint8).reshape(12, 20)
    cv2.imwrite(str(tmp_path / "a.png"), np.dstack([ids] * 3))
    assert np.array_equal(read_class_ids(tmp_path / "a.png"), ids)


def test_colors_are_not_ids(tmp_path: Path) -> None:
    colors = np.zeros((12, 20, 3), np.uint8)
    colors[3, 4] = 1, 2, 3
    cv2.imwrite(str(tmp_path / "a.png"), colors)
    with pytest.raises(ReadError, match=r"a mask of 3 channels that differ \(first at row 3, column 4\).*palette="):
        read_class_ids(tmp_path / "a.png")


def test_a_jpeg_holds_no_ids(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "a.jpg"), np.zeros((12, 20), np.uint8))
    with pytest.raises(ReadError, match=r"a\.jpg: a JPEG holds no exact class ids .* PNG"):
        read_class_ids(tmp_path / "a.jpg")


def test_floats_are_not_ids(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "a.tiff"), np.zeros((12, 20), np.float32))
    with pytest.raises(ReadError, match=r"pixels of float32; expected class ids"):
        read_class_ids(tmp_path / "a.tiff")


def test_colors_are_in_rgb_order(tmp_path: Path) -> None:
    colors = np.random.default_rng(0).integers(0, 256, (12, 20, 3), dtype=np.uint8)
    cv2.imwrite(str(tmp_path / "a.png"), colors[..., ::-1])
    assert np.array_equal(read_mask_colors(tmp_path / "a.png"), colors)
    cv2.imwrite(str(tmp_path / "a.png"), colors[..., 0])
    assert np.array_equal(read_mask_colors(tmp_path / "a.png"), np.dstack([colors[..., 0]] * 3))
