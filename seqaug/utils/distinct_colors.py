"""Distinguishable colours for classes without a palette."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import cv2
import numpy as np

_COUNT = 256
_STEP = 15  # grid of candidates, per channel
_LIGHTNESS = (25, 92)  # darker colours look black, lighter ones white
_TAKEN = ((0, 0, 0), (255, 255, 255), (128, 128, 128))  # hatching, paper and text


@cache
def distinct_colors() -> np.ndarray[Any, np.dtype[np.uint8]]:
    """Return colours, each as far as possible from those before it and from black, white and grey.

    The distance is that of CIELAB with chroma compressed by ln(1 + 0.045 C) / 0.045, the integral of CIE94's weight of
    chroma differences (CIE 116-1995). The first 40 are about 14 or more apart in CIEDE2000; 2 is just noticeable.

    Returns:
        RGB, (256, 3), uint8, read-only; always the same.
    """
    levels = np.arange(0, 256, _STEP, dtype=np.uint8)
    grid = np.stack(np.meshgrid(levels, levels, levels, indexing="ij"), axis=-1).reshape(-1, 3)
    points = _uniform(grid)
    is_candidate = (points[:, 0] >= _LIGHTNESS[0]) & (points[:, 0] <= _LIGHTNESS[1])
    grid, points = grid[is_candidate], points[is_candidate]
    taken = _uniform(np.array(_TAKEN, np.uint8))
    distance = np.linalg.norm(points[:, np.newaxis] - taken, axis=-1).min(axis=1)
    chosen = []
    for _ in range(_COUNT):
        # Rounded, so that OpenCV versions that differ in the last bits choose the same colours.
        farthest = int(distance.round(3).argmax())
        chosen.append(farthest)
        distance = np.minimum(distance, np.linalg.norm(points - points[farthest], axis=-1))
    colors = grid[chosen]
    colors.setflags(write=False)
    return colors


def colors_by_name(names: Sequence[str], *, has_background: bool) -> dict[str, tuple[int, int, int]] | None:
    """Give each name a distinct colour, in their order.

    Args:
        names: the names, all different.
        has_background: whether the first is the background, which is black.

    Returns:
        RGB by name; None where there are more names than distinct colours.
    """
    shades = [(int(r), int(g), int(b)) for r, g, b in distinct_colors()]
    colors = [(0, 0, 0), *shades] if has_background else shades
    return dict(zip(names, colors, strict=False)) if len(names) <= len(colors) else None


def _uniform(colors: np.ndarray[Any, np.dtype[np.uint8]]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Map colours, (n, 3), into a space where Euclidean distance approximates perceived difference."""
    lab = np.asarray(cv2.cvtColor(colors[np.newaxis].astype(np.float32) / 255, cv2.COLOR_RGB2LAB)[0], np.float64)
    chroma = np.hypot(lab[:, 1], lab[:, 2])
    lab[:, 1:] *= (np.log1p(0.045 * chroma) / 0.045 / np.maximum(chroma, 1e-9))[:, np.newaxis]
    return lab
