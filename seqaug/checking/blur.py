"""Whether the borders between the regions of a mask are hard, as they were drawn, or blurred by interpolation."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from seqaug.palette.codes import pack

Array = np.ndarray[Any, Any]

_LONGEST = 16  # mixed pixels between two regions: those of a mask enlarged 16 times
_TOLERANCE = 2.0  # how far rounding moves a mixed colour off the line between the two that it is mixed of
_OVERSHOOT = 0.2  # how far cubic and Lanczos filters go beyond them
_LEAST_STEP_OF_COLORS = 24  # between colours, so that the ripples of JPEG are no borders
_FEWEST = 8
_LEAST_SHARE = 0.2  # masks as drawn have at most 0.06 in CamVid: thin things with an id between two others


def blurred_share(mask: Array) -> float:
    """Estimate how many of the borders in a mask are blurred.

    A border is looked at along rows and along columns: as the run of pixels that each differ from the one before. It
    is blurred where the run has pixels between its two ends whose values lie on the line between those of the ends.

    Args:
        mask: ids, (H, W), or colours, (H, W, 3), uint8.

    Returns:
        The share of blurred ones in all borders, 0 to 1; 0 where there are too few to tell.
    """
    codes = pack(np.ascontiguousarray(mask).reshape(-1, 3)).reshape(mask.shape[:2]) if mask.ndim == 3 else mask
    blurred = borders = 0
    for lines, values in ((codes, mask), (cv2.transpose(codes), mask.swapaxes(0, 1))):
        found = _borders(lines, values)
        blurred, borders = blurred + found[0], borders + found[1]
    return blurred / borders if blurred >= _FEWEST else 0.0


def is_blurred(mask: Array) -> bool:
    """Tell whether a mask looks interpolated or anti-aliased; see `blurred_share`."""
    return blurred_share(mask) >= _LEAST_SHARE


def _borders(codes: Array, values: Array) -> tuple[int, int]:
    """Count the blurred borders, and all borders, along the rows."""
    changes = np.zeros(codes.shape, bool)
    np.not_equal(codes[:, 1:], codes[:, :-1], out=changes[:, :-1])  # from a pixel to the next; never over a row's end
    places = np.flatnonzero(changes)
    if not len(places):
        return 0, 0
    begins = np.flatnonzero(np.diff(places, prepend=-2) != 1)
    lengths = np.diff(begins, append=len(places))
    begin = _at(values, places[begins])
    span = _at(values, places[begins] + lengths) - begin
    real = np.abs(span).max(axis=1) >= (_LEAST_STEP_OF_COLORS if values.ndim == 3 else 1)
    long = np.flatnonzero(real & (lengths > 1) & (lengths <= _LONGEST + 1))
    if not len(long):
        return 0, int(real.sum())
    # One entry for each pixel between two ends, border after border.
    between = lengths[long] - 1
    starts = np.cumsum(between) - between
    middle = _at(values, np.repeat(places[begins[long]] + 1 - starts, between) + np.arange(between.sum()))
    begin, span = np.repeat(begin[long], between, axis=0), np.repeat(span[long], between, axis=0)
    way = ((middle - begin) * span).sum(axis=1) / (span**2).sum(axis=1)
    off = np.abs(begin + way[:, np.newaxis] * span - middle).max(axis=1)
    on_line = (off <= _TOLERANCE) & (way > -_OVERSHOOT) & (way < 1 + _OVERSHOOT)
    inside = (way > 0) & (way < 1)
    blurred = np.logical_and.reduceat(on_line, starts) & np.logical_or.reduceat(inside, starts)
    return int(blurred.sum()), int(real.sum())


def _at(values: Array, places: Array) -> Array:
    """Give the values at some places of a mask, counted row by row, (n, channels), float32."""
    rows, columns = np.divmod(places, values.shape[1])
    return values[rows, columns].reshape(len(places), -1).astype(np.float32)
