"""Images as they can be shown, and masks laid over them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import cv2
import numpy as np

from seqaug.palette.palette import Palette
from seqaug.utils.distinct_colors import distinct_colors

Array = np.ndarray[Any, Any]
Rgb = np.ndarray[Any, np.dtype[np.uint8]]
Color = tuple[int, int, int]

_OPACITY = 0.6
# Of the hatching, in pixels of the picture.
_PERIOD, _STRIPE = 10, 4
# How many pixels are painted for one of the picture, along each side.
_DETAIL = 4


def displayable(image: Array) -> Rgb:
    """Turn an image of any kind into RGB, (H, W, 3), uint8.

    Of other numbers of channels than 1, the first three are shown, or the first. Pixels of uint16, and float ones that
    leave 0..1, are stretched from the lowest value to the highest; what is no number is black.
    """
    channels = image[..., :3] if image.shape[2] >= 3 else image[..., :1].repeat(3, axis=2)
    if channels.dtype == np.uint8:
        return channels
    if is_stretched(image):
        low, high = value_range(channels)
        channels = (channels.astype(np.float32) - low) / max(high - low, 1e-12)
    return (np.nan_to_num(channels, nan=0, posinf=1, neginf=0) * 255 + 0.5).astype(np.uint8)


def is_stretched(image: Array) -> bool:
    """Tell whether `displayable` stretches an image."""
    if image.dtype == np.uint8:
        return False
    low, high = value_range(image)
    return image.dtype.kind != "f" or low < 0 or high > 1


def value_range(image: Array) -> tuple[float, float]:
    """Give the lowest and the highest finite value of an image; 0 and 0 where there is none."""
    finite = image[np.isfinite(image)]
    return (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)


def class_colors(ids: list[int], palette: Palette | None) -> dict[int, Color]:
    """Give each class its colour: the palette's, or where there is none, one that differs from all others.

    Args:
        ids: of the classes, ascending. Without a palette an id has the same colour in every picture, as far as there
            are 256 colours; ids that would share one take the next that is free.
        palette: of the classes, or None.
    """
    if palette is not None:
        return {number: _rgb(palette.colors[number]) for number in ids}
    automatic = distinct_colors()
    places: dict[int, int] = {}
    for number in ids:
        place = number % len(automatic)
        while place in places.values() and len(places) < len(automatic):
            place = (place + 1) % len(automatic)
        places[number] = place
    return {number: _rgb(automatic[place]) for number, place in places.items()}


def _rgb(color: Array) -> Color:
    red, green, blue = (int(value) for value in color)
    return red, green, blue


def overlaid(image: Rgb, mask: Array, colors: Mapping[int, Color | None], *, scale: float = 1) -> Rgb:
    """Lay the colours of a mask over an image; hatch the pixels of no class, or draw them white where they are thin.

    Args:
        image: (H, W, 3), uint8.
        mask: (H, W), labels, unsigned.
        colors: by label; None for one that is left as the image is; pixels of all other labels are ignored ones.
        scale: how large a pixel of the image is in the picture, which settles how wide stripes are here. Ignored areas
            into which no period of stripes fits are thin.
    """
    count = max(int(mask.max(initial=0)), *colors, 0) + 1
    paints, is_class, is_plain = np.zeros((count, 3), np.uint8), np.zeros(count, bool), np.zeros(count, bool)
    for label, color in colors.items():
        paints[label] = 0 if color is None else color
        is_class[label], is_plain[label] = True, color is None
    painted, ignored = paints[mask], ~is_class[mask]
    period, stripe = max(round(_PERIOD / scale), 2), max(round(_STRIPE / scale), 1)
    wide = cv2.morphologyEx(ignored.astype(np.uint8), cv2.MORPH_OPEN, np.ones((period, period), np.uint8)) > 0
    height, width = mask.shape
    is_stripe = (np.arange(height)[:, np.newaxis] + np.arange(width)) % period < stripe
    painted[ignored & (is_stripe | ~wide)] = 255
    shown = np.asarray(cv2.addWeighted(painted, _OPACITY, image, 1 - _OPACITY, 0), np.uint8)
    plain = is_plain[mask]
    shown[plain] = image[plain]
    return shown


def fitted_overlay(image: Rgb, mask: Array, colors: Mapping[int, Color | None], size: tuple[int, int]) -> Rgb:
    """Lay a mask over an image, as `overlaid` does, at the largest size that fits into (height, width).

    Large ones are painted before they are made smaller, so that thin lines stay lines.
    """
    detail = (size[0] * _DETAIL, size[1] * _DETAIL)
    if image.shape[0] > detail[0] or image.shape[1] > detail[1]:  # finer lines are not seen anyway
        image, mask = fitted(image, detail, is_mask=False), fitted(mask, detail, is_mask=True)
    scale = min(size[0] / image.shape[0], size[1] / image.shape[1])
    if scale < 1:
        return fitted(overlaid(image, mask, colors, scale=scale), size, is_mask=False)
    return overlaid(fitted(image, size, is_mask=False), fitted(mask, size, is_mask=True), colors)


def fitted(pixels: Array, size: tuple[int, int], *, is_mask: bool) -> Array:
    """Scale pixels to the largest size that fits into (height, width), in proportion."""
    scale = min(size[0] / pixels.shape[0], size[1] / pixels.shape[1])
    height, width = (max(round(length * scale), 1) for length in pixels.shape[:2])
    for_images = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    method = cv2.INTER_NEAREST_EXACT if is_mask else for_images
    return np.asarray(cv2.resize(pixels, (width, height), interpolation=method))
