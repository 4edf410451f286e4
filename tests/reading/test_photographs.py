"""Photographs and masks."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from seqaug.errors import ReadError
from seqaug.reading.masks import read_mask
from seqaug.reading.photographs import is_photograph


def draw_mask(channels: int) -> np.ndarray:
    mask = np.zeros((90, 120, channels), np.uint8)
    cv2.circle(mask, (50, 40), 30, (200, 90, 30)[:channels], -1)
    cv2.rectangle(mask, (70, 50), (110, 80), (20, 190, 130)[:channels], -1)
    return mask


def make_photograph(channels: int) -> np.ndarray:
    rng = np.random.default_rng(0)
    smooth = cv2.resize(rng.integers(0, 253, (9, 12, channels), np.uint8), (120, 90))
    return smooth.reshape(90, 120, channels) + rng.integers(0, 3, (90, 120, 1), np.uint8)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("quality", [None, 50, 75, 95])
def test_photographs_are_distinguished_from_masks(channels: int, quality: int | None) -> None:
    for pixels, expected in ((draw_mask(channels), False), (make_photograph(channels), True)):
        if quality is not None:
            data = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
            pixels = cv2.imdecode(data, cv2.IMREAD_UNCHANGED)
        assert is_photograph(pixels) == expected


def test_one_column_is_not_a_photograph() -> None:
    assert not is_photograph(np.zeros((5, 1), np.uint8))


def test_a_jpeg_photograph_is_not_a_mask(tmp_path: Path) -> None:
    path = str(tmp_path / "a.jpg")
    cv2.imwrite(path, make_photograph(3))
    with pytest.raises(ReadError, match="a photograph instead of a mask; are images and masks swapped"):
        read_mask(path)
    cv2.imwrite(path, draw_mask(1))
    with pytest.raises(ReadError, match="a JPEG holds no exact class ids"):
        read_mask(path)
