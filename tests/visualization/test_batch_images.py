"""Batches as PNG files."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqaug import Palette
from seqaug.visualization.batch_images import to_png_image, to_png_mask, write_png

EIGHT_BITS = np.arange(256, dtype=np.uint8).reshape(16, 16, 1)


def test_integers_are_unchanged() -> None:
    for dtype in (np.uint8, np.uint16):
        assert to_png_image(EIGHT_BITS.astype(dtype), None).dtype == dtype
        assert np.array_equal(to_png_image(EIGHT_BITS.astype(dtype), 1 / 255), EIGHT_BITS)


@given(st.floats(2**-13, 4, width=32))
def test_rescaled_images_are_scaled_back(rescale: float) -> None:
    rescaled = EIGHT_BITS * np.float32(rescale)
    assert np.array_equal(to_png_image(rescaled, rescale), EIGHT_BITS)


def test_floats_in_0_to_1_count_as_scaled() -> None:
    assert np.array_equal(to_png_image(EIGHT_BITS / np.float32(255), None), EIGHT_BITS)


def test_more_bits_are_scaled_to_8() -> None:
    deep = EIGHT_BITS.astype(np.uint16) * 128 * np.float32(1 / 65_535)
    assert np.abs(to_png_image(deep, 1 / 65_535).astype(int) - EIGHT_BITS // 2).max() <= 1


def test_other_images_are_stretched() -> None:
    normalised = (EIGHT_BITS.astype(np.float32) - 120) / 60
    assert np.array_equal(to_png_image(normalised, 1 / 255), EIGHT_BITS)
    assert not to_png_image(np.full((2, 2, 1), -7, np.float32), None).any()
    odd = np.array([[[np.nan], [np.inf], [-np.inf], [-1], [3]]], np.float32)
    assert to_png_image(odd, None)[0, :, 0].tolist() == [0, 255, 0, 0, 255]
    assert not to_png_image(np.full((2, 2, 1), np.nan, np.float32), None).any()


IDS = np.array([[0, 1], [255, 1]], np.uint8)
ONE_HOT = np.eye(3, 2, dtype=np.float32)[np.array([[0, 1], [2, 1]])]
PALETTE = Palette({"sky": (1, 2, 3), "road": (4, 5, 6), "void": (7, 8, 9)}, ignore=["void"])


@pytest.mark.parametrize("mask", [IDS, IDS.astype(np.int32), ONE_HOT], ids=["uint8", "int32", "one_hot"])
def test_masks_of_any_encoding(mask: np.ndarray) -> None:
    ids = to_png_mask(mask, None, 255)
    assert (ids.dtype, ids[..., 0].tolist()) == (np.uint8, [[0, 1], [255, 1]])
    assert to_png_mask(mask, PALETTE, 255).tolist() == [[[1, 2, 3], [4, 5, 6]], [[7, 8, 9], [4, 5, 6]]]


def test_binary_masks_and_high_ids() -> None:
    binary = np.array([[[0], [1]]], np.float32)
    assert to_png_mask(binary, None, None)[..., 0].tolist() == [[0, 1]]
    assert to_png_mask(binary, Palette.named("binary"), None).tolist() == [[[0, 0, 0], [255, 255, 255]]]
    high = to_png_mask(np.array([[300, 0]], np.int32), None, None)
    assert (high.dtype, high[..., 0].tolist()) == (np.uint16, [[300, 0]])


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_files_hold_the_pixels(tmp_path: Path, channels: int, dtype: type) -> None:
    pixels = np.random.default_rng(0).integers(0, 250, (5, 6, channels)).astype(dtype)
    write_png(tmp_path / "a.png", pixels)
    read = cv2.imread(str(tmp_path / "a.png"), cv2.IMREAD_UNCHANGED).reshape(5, 6, channels)
    assert read.dtype == dtype
    assert np.array_equal(read[..., [2, 1, 0, 3][:channels] if channels > 1 else [0]], pixels)


def test_what_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"a\.png: PNG cannot hold an image of 2 channels; expected 1, 3 or 4"):
        write_png(tmp_path / "a.png", np.zeros((4, 4, 2), np.uint8))
    (tmp_path / "b.png").write_text("mine")
    with pytest.raises(FileExistsError, match=r"b\.png already exists and is not overwritten; expected another"):
        write_png(tmp_path / "b.png", np.zeros((4, 4, 1), np.uint8))
    assert (tmp_path / "b.png").read_text() == "mine"
