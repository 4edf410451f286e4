"""Hard and blurred borders."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from seqaug.checking.blur import blurred_share, is_blurred
from seqaug.reading.masks import read_class_ids, read_mask_colors

COLORS = np.array([[0, 0, 0], [128, 64, 128], [192, 192, 128], [60, 40, 222]], np.uint8)


def drawn(line: int = cv2.LINE_8) -> np.ndarray:
    """Draw a mask of ids, with overlapping discs and a thin thing."""
    ids = np.zeros((90, 120), np.uint8)
    for center, label in (((30, 40), 1), ((60, 50), 2), ((90, 30), 3)):
        cv2.circle(ids, center, 20, label, -1, line)
    cv2.line(ids, (5, 5), (110, 85), 2, 1, cv2.LINE_8)
    return ids


MASKS = {"ids": drawn() * 60, "colors": COLORS[drawn()]}


@pytest.mark.parametrize("mask", MASKS.values(), ids=MASKS)
def test_a_mask_as_it_was_drawn_is_hard(mask: np.ndarray) -> None:
    assert not is_blurred(mask)
    for factor in (0.4, 0.77, 1.3, 3):
        assert not is_blurred(cv2.resize(mask, None, fx=factor, fy=factor, interpolation=cv2.INTER_NEAREST))


@pytest.mark.parametrize("mask", MASKS.values(), ids=MASKS)
@pytest.mark.parametrize("filter_", [cv2.INTER_LINEAR, cv2.INTER_CUBIC])
@pytest.mark.parametrize("factor", [0.4, 0.5, 0.77, 1.3, 2, 4])
def test_an_interpolated_mask_is_blurred(mask: np.ndarray, filter_: int, factor: float) -> None:
    assert is_blurred(cv2.resize(mask, None, fx=factor, fy=factor, interpolation=filter_))


def test_an_anti_aliased_mask_is_blurred() -> None:
    mask = np.zeros((90, 120), np.uint8)
    cv2.circle(mask, (60, 45), 30, 255, -1, cv2.LINE_AA)
    assert blurred_share(mask) > 0.9


@pytest.mark.parametrize("quality", [60, 90])
def test_a_mask_that_went_through_jpeg_is_something_else(quality: int) -> None:
    data = cv2.imencode(".jpg", MASKS["colors"], [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    assert not is_blurred(cv2.imdecode(data, cv2.IMREAD_COLOR))


@pytest.mark.parametrize("classes", [2, 3, 11])
def test_noise_is_not_blurred(classes: int) -> None:
    assert not is_blurred(np.random.default_rng(0).integers(0, classes, (90, 120), dtype=np.uint8))


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1)])
def test_masks_without_borders(shape: tuple[int, int]) -> None:
    assert blurred_share(np.zeros(shape, np.uint8)) == 0
    assert blurred_share(np.zeros((*shape, 3), np.uint8)) == 0


def test_a_row_does_not_go_on_in_the_next() -> None:
    ramp = np.repeat(np.array([[0], [100], [200]], np.uint8), 40, axis=1)
    ramp = np.repeat(ramp, 20, axis=0)  # three hard bands
    assert blurred_share(ramp) == 0
    assert blurred_share(np.ascontiguousarray(ramp.T)) == 0


def test_camvid_is_hard(camvid: Path) -> None:
    for path in sorted(camvid.glob("train/masks/*.png"))[::10]:
        assert blurred_share(read_mask_colors(path)) < 0.05
        assert blurred_share(read_class_ids(camvid / "train/class_ids" / path.name)) < 0.05
