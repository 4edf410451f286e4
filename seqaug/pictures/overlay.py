"""Images as they can be shown, and masks laid over them."""

from __future__ import annotations

import colorsys
from typing import Any

import cv2
import numpy as np

from seqaug.palette import Palette

Array = np.ndarray[Any, Any]
Rgb = np.ndarray[Any, np.dtype[np.uint8]]

_OPACITY = 0.6
# Of the hatching, in pixels of the picture.
_PERIOD, _STRIPE = 10, 4
_GOLDEN = 0.618034  # turns of hue that keep any number of colours apart


def displayable(image: Array) -> Rgb:
    """Turn an image of any kind into RGB, (H, W, 3), uint8.

    Of other numbers of channels than 1, the first three are shown, or the first. Pixels of uint16, and float ones that
    leave 0..1, are stretched from the lowest value to the highest.
    """
    channels = image[..., :3] if image.shape[2] >= 3 else image[..., :1].repeat(3, axis=2)
    if channels.dtype == np.uint8:
        return channels
    if is_stretched(image):
        low, high = float(channels.min()), float(channels.max())
        channels = (channels.astype(np.float32) - low) / max(high - low, 1e-12)
    return (channels * 255 + 0.5).astype(np.uint8)


def is_stretched(image: Array) -> bool:
    """Tell whether `displayable` stretches an image."""
    return image.dtype != np.uint8 and bool(image.dtype.kind != "f" or image.min() < 0 or image.max() > 1)


def class_colors(ids: list[int], palette: Palette | None) -> dict[int, tuple[int, int, int]]:
    """Give each class its colour: the palette's, or where there is none, one of its own."""
    if palette is not None:
        return {number: _rgb(palette.colors[number]) for number in ids}
    colors = {}
    for number in ids:
        red, green, blue = colorsys.hsv_to_rgb(number * _GOLDEN % 1, 0.85, 0.95)
        colors[number] = round(red * 255), round(green * 255), round(blue * 255)
    return colors


def _rgb(color: Array) -> tuple[int, int, int]:
    red, green, blue = (int(value) for value in color)
    return red, green, blue


def overlaid(image: Rgb, mask: Array, colors: dict[int, tuple[int, int, int]]) -> Rgb:
    """Lay the colours of a mask over an image, and hatch the pixels that have none.

    Args:
        image: (H, W, 3), uint8.
        mask: (H, W), labels.
        colors: by label; pixels of all other labels are ignored ones.
    """
    painted = np.zeros_like(image)
    is_class = np.zeros(mask.shape, bool)
    for label, color in colors.items():
        at = mask == label
        painted[at] = color
        is_class |= at
    rows, columns = np.indices(mask.shape, np.int32)
    painted[~is_class & ((rows + columns) % _PERIOD < _STRIPE)] = 255
    return np.asarray(cv2.addWeighted(painted, _OPACITY, image, 1 - _OPACITY, 0), np.uint8)


def fitted(pixels: Array, size: tuple[int, int], *, is_mask: bool) -> Array:
    """Scale pixels to the largest size that fits into (height, width), in proportion."""
    scale = min(size[0] / pixels.shape[0], size[1] / pixels.shape[1])
    height, width = (max(round(length * scale), 1) for length in pixels.shape[:2])
    for_images = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    method = cv2.INTER_NEAREST_EXACT if is_mask else for_images
    return np.asarray(cv2.resize(pixels, (width, height), interpolation=method))
