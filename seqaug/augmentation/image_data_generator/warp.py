"""Affine warps with the results of `scipy.ndimage.affine_transform`, at the speed of OpenCV."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from seqaug.augmentation.image_data_generator.matrix import Matrix

Array = np.ndarray[Any, Any]

# Rows computed together: intermediate results stay in the CPU cache.
_STRIP = 32


class Warp:
    """Source coordinates of each pixel of a warped picture; computed once for an image and its masks.

    Coordinates are computed in float64 and folded back into the picture by the rules of scipy.ndimage (1.6 and later),
    so that nearest neighbours are exactly the same.

    Args:
        matrix: (2, 3), from (row, column, 1) of the result to (row, column) of the source.
        height: the height of the picture.
        width: the width of the picture.
        fill_mode: the pixels beyond the border: "nearest": the pixel at the border, aaaa|abcd|dddd; "reflect":
            dcba|abcd|dcba; "wrap": bcd|abcd|bcd, where, as in scipy, the last pixel replaces the first; "constant":
            filled pixels.
    """

    def __init__(self, matrix: Matrix, height: int, width: int, fill_mode: str) -> None:
        # Indices of the nearest neighbours in the flattened picture.
        self._nearest = np.empty((height, width), np.int32)
        self._rows = np.empty((height, width), np.float32)
        self._columns = np.empty((height, width), np.float32)
        self._is_filled = np.empty((height, width), bool) if fill_mode == "constant" else None
        for start in range(0, height, _STRIP):
            self._compute(slice(start, min(start + _STRIP, height)), matrix, height, width, fill_mode)

    def _compute(self, strip: slice, matrix: Matrix, height: int, width: int, fill_mode: str) -> None:
        numbers = np.arange(strip.start, strip.stop)[:, np.newaxis]
        rows, columns = (row[0] * numbers + (row[1] * np.arange(width) + row[2]) for row in matrix)
        if self._is_filled is not None:
            np.logical_or(_outside(rows, height), _outside(columns, width), out=self._is_filled[strip])
        elif fill_mode != "nearest":
            fold = {"reflect": _reflect, "wrap": _wrap}[fill_mode]
            fold(rows, height)
            fold(columns, width)
        np.clip(rows, 0, height - 1, out=rows)
        np.clip(columns, 0, width - 1, out=columns)
        self._rows[strip], self._columns[strip] = rows, columns
        # Coordinates are not negative, so that the cast rounds down.
        nearest = (rows + 0.5).astype(np.int32)
        nearest *= width
        nearest += (columns + 0.5).astype(np.int32)
        self._nearest[strip] = nearest

    def bilinear(self, pixels: Array, fill: float) -> Array:
        """Warp an image by linear interpolation.

        Args:
            pixels: (H, W) or (H, W, C), uint8, uint16 or float32.
            fill: the value of filled pixels, clipped to the range of the dtype.

        Returns:
            The same shape and dtype.
        """
        warped = cv2.remap(pixels, self._columns, self._rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        return self._fill(warped.reshape(pixels.shape), fill)

    def nearest(self, pixels: Array, fill: float) -> Array:
        """Warp a mask or an image of any dtype by nearest neighbour.

        Args:
            pixels: (H, W) or (H, W, C).
            fill: the value of filled pixels, clipped to the range of the dtype.

        Returns:
            The same shape and dtype.
        """
        return self._fill(pixels.reshape(-1, *pixels.shape[2:]).take(self._nearest, axis=0), fill)

    def _fill(self, warped: Array, fill: float) -> Array:
        if self._is_filled is not None:
            if warped.dtype.kind in "iu":
                bounds = np.iinfo(warped.dtype)
                fill = min(max(round(fill), bounds.min), bounds.max)
            warped[self._is_filled] = fill
        return warped


def _outside(coordinates: Array, length: int) -> Array:
    return (coordinates < 0) | (coordinates > length - 1)


def _reflect(coordinates: Array, length: int) -> None:
    outside = _outside(coordinates, length)
    folded = coordinates[outside] % (2 * length)
    coordinates[outside] = np.where(folded < length, folded, 2 * length - 1 - folded)


def _wrap(coordinates: Array, length: int) -> None:
    # A picture of one pixel wraps to that pixel.
    period = max(length - 1, 1)
    below, above = coordinates < 0, coordinates > length - 1
    coordinates[below] += period * (np.trunc(-coordinates[below] / period) + 1)
    coordinates[above] -= period * np.trunc(coordinates[above] / period)
