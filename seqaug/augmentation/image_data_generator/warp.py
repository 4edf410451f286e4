"""Warping pictures by a matrix as `scipy.ndimage.affine_transform` does, at the speed of OpenCV."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from seqaug.augmentation.image_data_generator.matrix import Matrix

Array = np.ndarray[Any, Any]

# Rows that are worked out together: what is only needed on the way stays in the processor's cache.
_STRIP = 32


class Warp:
    """Where each pixel of a warped picture comes from; worked out once for an image and its masks.

    Places are computed in float64 and folded back into the picture by the rules of scipy.ndimage (1.6 and later), so
    that nearest neighbours are its very own.

    Args:
        matrix: (2, 3), from (row, column, 1) of the result to (row, column) of the source.
        height: of the picture.
        width: of the picture.
        fill_mode: what lies beyond the border: "nearest": the pixel at the border, aaaa|abcd|dddd; "reflect":
            dcba|abcd|dcba; "wrap": bcd|abcd|bcd, in which, as in scipy, the last pixel takes the place of the first;
            "constant": made-up pixels.
    """

    def __init__(self, matrix: Matrix, height: int, width: int, fill_mode: str) -> None:
        # Of the neighbour that is nearest, the position in the flattened picture.
        self._nearest = np.empty((height, width), np.int32)
        self._rows = np.empty((height, width), np.float32)
        self._columns = np.empty((height, width), np.float32)
        self._made_up = np.empty((height, width), bool) if fill_mode == "constant" else None
        for start in range(0, height, _STRIP):
            self._settle(slice(start, min(start + _STRIP, height)), matrix, height, width, fill_mode)

    def _settle(self, strip: slice, matrix: Matrix, height: int, width: int, fill_mode: str) -> None:
        numbers = np.arange(strip.start, strip.stop)[:, np.newaxis]
        rows, columns = (row[0] * numbers + (row[1] * np.arange(width) + row[2]) for row in matrix)
        if self._made_up is not None:
            np.logical_or(_outside(rows, height), _outside(columns, width), out=self._made_up[strip])
        elif fill_mode != "nearest":
            fold = {"reflect": _reflect, "wrap": _wrap}[fill_mode]
            fold(rows, height)
            fold(columns, width)
        np.clip(rows, 0, height - 1, out=rows)
        np.clip(columns, 0, width - 1, out=columns)
        self._rows[strip], self._columns[strip] = rows, columns
        # Places are not negative, so that the cast rounds down.
        nearest = (rows + 0.5).astype(np.int32)
        nearest *= width
        nearest += (columns + 0.5).astype(np.int32)
        self._nearest[strip] = nearest

    def bilinear(self, pixels: Array, fill: float) -> Array:
        """Warp an image by linear interpolation.

        Args:
            pixels: (H, W) or (H, W, C), uint8, uint16 or float32.
            fill: the value of made-up pixels, clipped to what the dtype holds.

        Returns:
            The same shape and dtype.
        """
        warped = cv2.remap(pixels, self._columns, self._rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        return self._filled(warped.reshape(pixels.shape), fill)

    def nearest(self, pixels: Array, fill: float) -> Array:
        """Warp a mask or an image of any dtype by nearest neighbour.

        Args:
            pixels: (H, W) or (H, W, C).
            fill: the value of made-up pixels, clipped to what the dtype holds.

        Returns:
            The same shape and dtype.
        """
        return self._filled(pixels.reshape(-1, *pixels.shape[2:]).take(self._nearest, axis=0), fill)

    def _filled(self, warped: Array, fill: float) -> Array:
        if self._made_up is not None:
            if warped.dtype.kind in "iu":
                bounds = np.iinfo(warped.dtype)
                fill = min(max(round(fill), bounds.min), bounds.max)
            warped[self._made_up] = fill
        return warped


def _outside(places: Array, length: int) -> Array:
    return (places < 0) | (places > length - 1)


def _reflect(places: Array, length: int) -> None:
    outside = _outside(places, length)
    folded = places[outside] % (2 * length)
    places[outside] = np.where(folded < length, folded, 2 * length - 1 - folded)


def _wrap(places: Array, length: int) -> None:
    # A single pixel is all there is to come round to.
    period = max(length - 1, 1)
    below, above = places < 0, places > length - 1
    places[below] += period * (np.trunc(-places[below] / period) + 1)
    places[above] -= period * np.trunc(places[above] / period)
