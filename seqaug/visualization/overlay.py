"""Images as RGB, and masks overlaid on them."""

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
# Hatching, in pixels of the picture.
_PERIOD, _STRIPE = 10, 4
# Large images are painted at up to this many times the picture's size, then reduced.
_SUPERSAMPLING = 4


def to_rgb(image: Array) -> Rgb:
    """Convert any image to RGB, (H, W, 3), uint8.

    Of more than 3 channels, the first three are shown; of fewer, the first. uint16 pixels, and floats outside 0..1,
    are stretched from the minimum to the maximum; NaN is black.
    """
    channels = image[..., :3] if image.shape[2] >= 3 else image[..., :1].repeat(3, axis=2)
    if channels.dtype == np.uint8:
        return channels
    if is_stretched(image):
        low, high = value_range(channels)
        channels = (channels.astype(np.float32) - low) / max(high - low, 1e-12)
    return (np.nan_to_num(channels, nan=0, posinf=1, neginf=0) * 255 + 0.5).astype(np.uint8)


def is_stretched(image: Array) -> bool:
    """Return whether `to_rgb` stretches an image."""
    if image.dtype == np.uint8:
        return False
    low, high = value_range(image)
    return image.dtype.kind != "f" or low < 0 or high > 1


def value_range(image: Array) -> tuple[float, float]:
    """Smallest and largest finite value of an image; 0 and 0 if there is none."""
    finite = image[np.isfinite(image)]
    return (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)


def class_colors(ids: list[int], palette: Palette | None) -> dict[int, Color]:
    """Assign a colour to each class: the palette's, or without a palette one that no other class has.

    Args:
        ids: class ids, ascending. Without a palette an id has the same colour in every picture, unless it shares one
            of the 256 colours with a smaller id: then it gets the next free colour.
        palette: the classes' palette, or None.
    """
    if palette is not None:
        return {number: _rgb(palette.colors[number]) for number in ids}
    automatic = distinct_colors()
    slots: dict[int, int] = {}
    for number in ids:
        slot = number % len(automatic)
        while slot in slots.values() and len(slots) < len(automatic):
            slot = (slot + 1) % len(automatic)
        slots[number] = slot
    return {number: _rgb(automatic[slot]) for number, slot in slots.items()}


def mixed_color(classes: int, colors: Mapping[int, Color | None]) -> Color | None:
    """Mix the colours of several classes of a pixel, given as bits; None where there is none."""
    found = [color for number, color in colors.items() if classes >> number & 1 and color is not None]
    return _rgb(np.mean(found, axis=0).round()) if found else None


def _rgb(color: Array) -> Color:
    red, green, blue = (int(value) for value in color)
    return red, green, blue


def overlay(image: Rgb, mask: Array, colors: Mapping[int, Color | None], *, scale: float = 1) -> Rgb:
    """Blend a mask's colours over an image; ignored areas are hatched, or white where too thin for a stripe period.

    Args:
        image: (H, W, 3), uint8.
        mask: (H, W), labels, unsigned.
        colors: by label; None leaves the image as it is; all other labels are ignored.
        scale: size of an image pixel in the picture, by which the stripes get their width.
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


def fit_overlay(image: Rgb, mask: Array, colors: Mapping[int, Color | None], size: tuple[int, int]) -> Rgb:
    """Blend a mask over an image, as `overlay` does, at the largest size that fits into (height, width).

    Large images are painted before they are reduced, so that thin lines stay lines.
    """
    limit = (size[0] * _SUPERSAMPLING, size[1] * _SUPERSAMPLING)
    if image.shape[0] > limit[0] or image.shape[1] > limit[1]:  # finer lines would be invisible
        image, mask = fit(image, limit, is_mask=False), fit(mask, limit, is_mask=True)
    scale = min(size[0] / image.shape[0], size[1] / image.shape[1])
    if scale < 1:
        return fit(overlay(image, mask, colors, scale=scale), size, is_mask=False)
    return overlay(fit(image, size, is_mask=False), fit(mask, size, is_mask=True), colors)


def fit(pixels: Array, size: tuple[int, int], *, is_mask: bool) -> Array:
    """Scale pixels to the largest size that fits into (height, width), in proportion."""
    scale = min(size[0] / pixels.shape[0], size[1] / pixels.shape[1])
    height, width = (max(round(length * scale), 1) for length in pixels.shape[:2])
    for_image = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    method = cv2.INTER_NEAREST_EXACT if is_mask else for_image
    return np.asarray(cv2.resize(pixels, (width, height), interpolation=method))
