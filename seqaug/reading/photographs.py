"""Telling photographs from masks by their pixels."""

from __future__ import annotations

from typing import Any

import numpy as np

_MOST_ALIKE = 0.55
_LOOKED_AT = 65_536  # pixels, evenly spread, of which the colours are counted
_FEWEST_GREYS, _FEWEST_COLORS = 64, 256


def is_photograph(pixels: np.ndarray[Any, Any]) -> bool:
    """Tell whether an image has many colours, and few pixels that equal their right neighbour, as photographs do.

    Of CamVid's photographs, up to 40 % of the pixels do, and up to 51 % after JPEG at quality 50; of its masks, 98 %,
    and 72 % and more after JPEG at qualities from 10 to 95.

    Args:
        pixels: (H, W) or (H, W, C), of integers.
    """
    alike = pixels[:, 1:] == pixels[:, :-1]
    alike = alike.all(axis=2) if pixels.ndim == 3 else alike
    if alike.size == 0 or float(alike.mean()) >= _MOST_ALIKE:
        return False
    colors = pixels.reshape(alike.size + len(pixels), -1)
    some = colors[:: -(-len(colors) // _LOOKED_AT)]
    return len(np.unique(some, axis=0)) > (_FEWEST_GREYS if some.shape[1] == 1 else _FEWEST_COLORS)
