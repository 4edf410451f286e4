"""The nearest colour of a palette."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_DISTANCES = 2**21  # held at a time


def nearest(colors: NDArray[np.uint8], wanted: NDArray[np.uint8]) -> NDArray[np.intp]:
    """Find for each wanted colour the nearest of `colors`, by squared Euclidean distance in RGB.

    Args:
        colors: what to choose from, shape (n, 3), uint8, n >= 1.
        wanted: shape (m, 3), uint8.

    Returns:
        Positions in `colors`, shape (m,), intp; of equally near ones the first.
    """
    # |c - w|^2 without |w|^2, which is the same for all c. Every term is an integer below 2^24: exact in float32.
    points = colors.astype(np.float32)
    weights = np.vstack([-2 * points.T, (points**2).sum(axis=1)])
    positions = np.empty(len(wanted), np.intp)
    step = max(1, _DISTANCES // len(colors))
    for start in range(0, len(wanted), step):
        part = wanted[start : start + step].astype(np.float32)
        distances = np.column_stack([part, np.ones(len(part), np.float32)]) @ weights
        distances.argmin(axis=1, out=positions[start : start + step])
    return positions
