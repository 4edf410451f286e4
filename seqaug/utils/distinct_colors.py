"""Colours that one can tell apart, for classes that have none of their own."""

from __future__ import annotations

from functools import cache
from typing import Any

import cv2
import numpy as np

_COUNT = 256
_STEP = 15  # of the grid of candidates, per channel
_LIGHTNESS = (25, 92)  # darker ones look black, lighter ones white
_TAKEN = ((0, 0, 0), (255, 255, 255), (128, 128, 128))  # of hatching, paper and text


@cache
def distinct_colors() -> np.ndarray[Any, np.dtype[np.uint8]]:
    """Give colours of which each is as far as possible from all before it, from black, white and grey.

    Distances are those of CIELAB with chroma compressed by ln(1 + 0.045 C) / 0.045, the integral of the weight that
    CIE94 gives to differences of chroma (CIE 116-1995). The first 40 are about 14 apart in CIEDE2000, where about 2
    are just seen.

    Returns:
        RGB, (256, 3), uint8, read-only; the same at every call.
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
        # Rounded, so that the last bits of other versions of OpenCV change nothing.
        farthest = int(distance.round(3).argmax())
        chosen.append(farthest)
        distance = np.minimum(distance, np.linalg.norm(points - points[farthest], axis=-1))
    colors = grid[chosen]
    colors.setflags(write=False)
    return colors


def _uniform(colors: np.ndarray[Any, np.dtype[np.uint8]]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Place colours, (n, 3), where distances are about as large as they look."""
    lab = np.asarray(cv2.cvtColor(colors[np.newaxis].astype(np.float32) / 255, cv2.COLOR_RGB2LAB)[0], np.float64)
    chroma = np.hypot(lab[:, 1], lab[:, 2])
    lab[:, 1:] *= (np.log1p(0.045 * chroma) / 0.045 / np.maximum(chroma, 1e-9))[:, np.newaxis]
    return lab
