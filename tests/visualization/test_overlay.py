"""Masks overlaid on images."""

from __future__ import annotations

import numpy as np
import pytest

from seqaug import Palette
from seqaug.visualization.overlay import (
    class_colors,
    fit,
    fit_overlay,
    is_stretched,
    overlay,
    to_rgb,
    value_range,
)


@pytest.mark.parametrize("channels", [1, 2, 3, 4, 7])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_every_image_can_be_shown(channels: int, dtype: type) -> None:
    image = np.zeros((4, 5, channels), dtype)
    image[0, 0] = 1
    shown = to_rgb(image)
    assert shown.shape == (4, 5, 3)
    assert shown.dtype == np.uint8
    assert (shown[0, 0] > shown[1, 1]).all()


def test_normalized_images_are_stretched_and_others_are_not() -> None:
    image = np.linspace(-2, 2, 12, dtype=np.float32).reshape(2, 2, 3)
    assert is_stretched(image)
    assert (to_rgb(image).min(), to_rgb(image).max()) == (0, 255)
    assert not is_stretched(image / 8 + 0.5)
    assert to_rgb(np.full((1, 1, 3), 0.5, np.float32)).tolist() == [[[128, 128, 128]]]
    assert to_rgb(np.full((1, 1, 3), 9.0, np.float32)).tolist() == [[[0, 0, 0]]]  # nothing to stretch


def test_classes_are_painted_and_ignored_pixels_hatched() -> None:
    image = np.full((40, 40, 3), 100, np.uint8)
    mask = np.full((40, 40), 255, np.uint8)
    mask[:20] = 1
    shown = overlay(image, mask, {1: (250, 0, 50)})
    assert np.unique(shown[:20].reshape(-1, 3), axis=0).tolist() == [[190, 40, 70]]
    assert np.unique(shown[20:]).tolist() == [40, 193]  # black and white stripes
    assert len(np.unique(shown[25, :10])) == 2  # in every ten pixels


def test_colors_are_the_palettes_or_all_different() -> None:
    palette = Palette({"a": (1, 2, 3), "b": (4, 5, 6)})
    assert class_colors([1], palette) == {1: (4, 5, 6)}
    assert len(set(class_colors(list(range(40)), None).values())) == 40


@pytest.mark.parametrize("ids", [list(range(40)), list(range(0, 5120, 128)), [5, 261, 517, 65_535]])
def test_no_two_classes_of_a_picture_share_a_color(ids: list[int]) -> None:
    assert len(set(class_colors(ids, None).values())) == len(ids)


def test_a_class_has_one_color_in_all_pictures() -> None:
    assert class_colors([3, 7], None)[7] == class_colors([0, 7, 200], None)[7]


def test_a_class_without_color_leaves_the_image() -> None:
    image = np.full((20, 20, 3), 100, np.uint8)
    mask = np.eye(20, dtype=np.uint8)
    shown = overlay(image, mask, {0: None, 1: (250, 0, 50)})
    assert (shown[mask == 0] == 100).all()
    assert (shown[mask == 1] == (190, 40, 70)).all()


@pytest.mark.parametrize("shrink", [1, 3])
def test_thin_ignored_areas_are_lines_and_no_speckle(shrink: int) -> None:
    side = 60 * shrink
    image = np.full((side, side, 3), 100, np.uint8)
    mask = np.zeros((side, side), np.uint8)
    rows, columns = np.indices(mask.shape)
    mask[abs(rows - 30 * shrink) < shrink] = 255
    mask[(columns < 20 * shrink) & (rows > 40 * shrink)] = 255  # and a wide area
    shown = fit_overlay(image, mask, {0: (0, 200, 0)}, (60, 60))
    line = shown[29:32].max(axis=0)
    assert (line == line[0]).all(), "whole, and the same everywhere"
    assert (line[0] > 120).all()
    assert len(np.unique(shown[50, :15].reshape(-1, 3), axis=0)) >= 2, "hatched"


def test_very_large_images() -> None:
    image = np.full((6000, 8000, 3), 100, np.uint8)
    shown = fit_overlay(image, np.full((6000, 8000), 255, np.uint8), {0: (0, 200, 0)}, (60, 80))
    assert shown.shape == (60, 80, 3)


def test_values_that_are_not_finite() -> None:
    image = np.full((2, 2, 3), np.nan, np.float32)
    assert value_range(image) == (0, 0)
    assert not to_rgb(image).any()
    image[0, 0] = (np.inf, -3, 5)
    assert value_range(image) == (-3, 5)
    assert to_rgb(image)[0, 0].tolist() == [255, 0, 255]


@pytest.mark.parametrize(("size", "fits"), [((10, 40), (50, 200)), ((400, 100), (100, 25)), ((300, 900), (67, 200))])
def test_proportions_are_kept(size: tuple[int, int], fits: tuple[int, int]) -> None:
    assert fit(np.zeros((*size, 3), np.uint8), (100, 200), is_mask=False).shape == (*fits, 3)
    mask = np.random.default_rng(0).choice([0, 7, 255], size).astype(np.uint8)
    shown = fit(mask, (100, 200), is_mask=True)
    assert shown.shape == fits
    assert set(np.unique(shown)) <= {0, 7, 255}
