"""Colours as single numbers: one uint32 per colour, so that comparing two colours is one step.

A code is red, green and blue after an opaque alpha of 255 (0xFFRRGGBB): codes order as (red, green, blue) does, and
no code is 0.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray


def pack(rgb: NDArray[np.uint8], out: NDArray[np.uint8] | None = None) -> NDArray[np.uint32]:
    """Turn colours into codes.

    Args:
        rgb: colours, shape (N, 3), contiguous.
        out: memory for the result, shape (1, N, 4), uint8, contiguous.

    Returns:
        Codes, shape (N,), uint32; a view of `out` if given.
    """
    if not len(rgb):
        return np.empty(0, np.uint32)
    # As one row: OpenCV's overhead per row is that of many pixels.
    bgra = cv2.cvtColor(rgb.reshape(1, -1, 3), cv2.COLOR_RGB2BGRA, dst=out)
    codes: NDArray[np.uint32] = bgra.view("<u4").reshape(-1)
    return codes


def unpack(codes: NDArray[np.uint32]) -> NDArray[np.uint8]:
    """Turn codes, shape (N,), into colours, shape (N, 3), uint8."""
    if not len(codes):
        return np.empty((0, 3), np.uint8)
    bgra = np.ascontiguousarray(codes, "<u4").view(np.uint8).reshape(1, -1, 4)
    return np.asarray(cv2.cvtColor(bgra, cv2.COLOR_BGRA2RGB), np.uint8).reshape(-1, 3)


def distinct(codes: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """List the distinct codes among `codes`, shape (N,), ascending."""
    # Masks are runs of equal pixels: one pixel of each run is enough.
    changes = np.flatnonzero(codes[1:] != codes[:-1])
    return np.unique(np.append(codes[changes], codes[-1:]))
