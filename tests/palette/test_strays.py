"""The words on unknown colours, and the cures they name."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from seqaug.errors import UnknownColorError
from seqaug.palette import Palette

CAMVID = Palette.named("camvid")


def words_on(rgb: np.ndarray, palette: Palette = CAMVID) -> str:
    with pytest.raises(UnknownColorError) as caught:
        palette.encode(rgb)
    return str(caught.value)


def mask() -> np.ndarray:
    ids = np.random.default_rng(0).integers(0, 11, (6, 8)).repeat(16, 0).repeat(16, 1)
    return CAMVID.decode(ids)


def test_the_most_frequent_come_first_with_counts_and_neighbours() -> None:
    rgb = np.zeros((10, 10, 3), np.uint8)
    rgb[0, :3] = (130, 0, 0)
    rgb[1, :5] = (10, 200, 10)
    rgb[2, 0] = (0, 120, 200)
    rgb[3, 0] = (255, 0, 255)
    words = words_on(rgb)
    assert words.startswith("10 of 100 pixels (10.00%) have 4 colours that the palette does not have: (10, 200, 10) in")
    assert "(130, 0, 0) in 3 (nearest: 'Building' (128, 0, 0))" in words
    assert "(255, 0, 255)" not in words
    assert "and 1 more" in words


def test_missing_colours() -> None:
    rgb = mask()
    rgb[:20] = (0, 250, 0)
    words = words_on(rgb)
    assert "have 1 colour that" in words
    assert 'add the missing colours to the palette, or give it unknown="ignore"' in words
    assert "255" in words


def test_red_and_blue_swapped() -> None:
    assert "mask[..., ::-1]" in words_on(mask()[..., ::-1])


def test_jpeg() -> None:
    rgb = cv2.imdecode(cv2.imencode(".jpg", mask())[1], cv2.IMREAD_COLOR)
    words = words_on(rgb)
    assert 'unknown="nearest"' in words
    assert "JPEG" in words


def test_smoothing_resize() -> None:
    assert 'unknown="nearest"' in words_on(cv2.resize(mask(), (90, 70), interpolation=cv2.INTER_LINEAR))


def test_a_few_colours_that_are_almost_right() -> None:
    rgb = mask()
    rgb[0, 0] = (129, 0, 1)
    assert 'unknown="nearest"' in words_on(rgb)


def test_ids_read_as_colours() -> None:
    ids = np.arange(256).reshape(16, 16) % 11
    ids[0] = 255
    assert "palette=None, num_classes=" in words_on(np.stack([ids] * 3, axis=-1).astype(np.uint8))
