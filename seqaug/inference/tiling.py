"""Tiles: where they lie on an image, and the weights by which they are blended."""

from __future__ import annotations

import math
from typing import Any, Final, Literal, NamedTuple, get_args

import numpy as np

Blend = Literal["gaussian", "average", "crop"]
BLENDS: Final = get_args(Blend)

Array = np.ndarray[Any, Any]
Weights = np.ndarray[Any, np.dtype[np.float32]]

_SIGMA = 1 / 8  # of the tile, as in nnU-Net (Isensee et al. 2021)


class Axis(NamedTuple):
    """Tiles along one axis of an image.

    Attributes:
        length: of the image.
        window: length of a tile; it may be more than the image's.
        starts: first pixel of each tile; negative if the tile is longer than the image, which then lies in its middle.
        weights: of each pixel of each tile, (tiles, window), which sum to 1 at every pixel of the image.
    """

    length: int
    window: int
    starts: list[int]
    weights: Weights

    def inside(self, number: int) -> slice:
        """Return the pixels of the image that a tile shows."""
        start = self.starts[number]
        return slice(max(start, 0), min(start + self.window, self.length))

    def of_tile(self, number: int) -> slice:
        """Return the pixels of a tile that lie on the image."""
        inside, start = self.inside(number), self.starts[number]
        return slice(inside.start - start, inside.stop - start)


def tile_axis(length: int, window: int, overlap: float, blend: str) -> Axis:
    """Lay tiles along one axis: evenly, from edge to edge, with `overlap` or more between neighbours.

    Args:
        length: of the image, at least 1.
        window: length of a tile, at least 1.
        overlap: share of a tile that the next one overlaps at least, 0 to below 1.
        blend: "gaussian": weights fall off from the middle of a tile; "average": equal weights; "crop": each pixel
            comes from the tile whose middle is nearest.
    """
    if length <= window:
        starts = [-((window - length) // 2)]
    else:
        stride = max(round(window * (1 - overlap)), 1)
        count = math.ceil((length - window) / stride) + 1
        starts = [round(start) for start in np.linspace(0, length - window, count)]
    middles = np.array(starts) + (window - 1) / 2
    pixels = np.arange(window)
    raw: Array = np.ones((len(starts), window))
    if blend == "gaussian":
        raw *= np.exp(-0.5 * ((pixels - (window - 1) / 2) / (window * _SIGMA)) ** 2)
    elif blend == "crop":
        borders = [-math.inf, *((middles[1:] + middles[:-1]) / 2), math.inf]
        for number, start in enumerate(starts):
            raw[number] = (start + pixels >= borders[number]) & (start + pixels < borders[number + 1])
    sums = np.zeros(length)
    axis = Axis(length, window, starts, raw)
    for number in range(len(starts)):
        sums[axis.inside(number)] += raw[number, axis.of_tile(number)]
    for number in range(len(starts)):
        raw[number, axis.of_tile(number)] /= sums[axis.inside(number)]
    return axis._replace(weights=raw.astype(np.float32))
