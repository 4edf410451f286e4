"""Telling photographs from masks by their pixels."""

from __future__ import annotations

from typing import Any

import numpy as np

_LEAST_ALIKE = 0.55


def is_photograph(pixels: np.ndarray[Any, Any]) -> bool:
    """Tell whether an image has few pixels that equal their right neighbour, as photographs do.

    Of CamVid's photographs, 13 to 25 % of the pixels do, and 39 % after JPEG at quality 50 or a blur; of its masks,
    98 %, and 72 % and more after JPEG at qualities from 10 to 95.

    Args:
        pixels: (H, W) or (H, W, C).
    """
    alike = pixels[:, 1:] == pixels[:, :-1]
    alike = alike.all(axis=2) if pixels.ndim == 3 else alike
    return alike.size > 0 and float(alike.mean()) < _LEAST_ALIKE
