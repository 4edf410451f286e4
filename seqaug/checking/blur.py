"""Detection of blurred borders in masks: hard ones are as drawn, blurred ones come from interpolation."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from seqaug.palette.codes import pack

Array = np.ndarray[Any, Any]

_MAX_MIXED = 16  # mixed pixels between two regions: as in a mask enlarged 16 times
_TOLERANCE = 2.0  # rounding moves a mixed colour this far off the line between its two ends
_OVERSHOOT = 0.2  # cubic and Lanczos filters go this far beyond the ends
_MIN_COLOR_STEP = 24  # smaller steps between colours are ripples of JPEG, not borders
_MIN_BLURRED = 8
_MIN_SHARE = 0.2  # hard masks reach 0.06 in CamVid, by thin objects whose id lies between its two neighbours'


def blurred_share(mask: Array) -> float:
    """Estimate the share of blurred borders in a mask.

    A border is a run of pixels along a row or a column, each of which differs from the one before. It is blurred if
    the run has pixels between its two ends whose values lie on the line between the values of the ends.

    Args:
        mask: ids, (H, W), or colours, (H, W, 3), uint8.

    Returns:
        Blurred borders as a share of all borders, 0 to 1; 0 if there are too few to tell.
    """
    codes = mask
    if mask.ndim == 3:
        # Signed: OpenCV 4 transposes no uint32.
        codes = pack(np.ascontiguousarray(mask).reshape(-1, 3)).reshape(mask.shape[:2]).view(np.int32)
    blurred = borders = 0
    for lines, values in ((codes, mask), (cv2.transpose(codes), mask.swapaxes(0, 1))):
        counts = _count_borders(lines, values)
        blurred, borders = blurred + counts[0], borders + counts[1]
    return blurred / borders if blurred >= _MIN_BLURRED else 0.0


def is_blurred(mask: Array) -> bool:
    """Return whether a mask looks interpolated or anti-aliased; see `blurred_share`."""
    return blurred_share(mask) >= _MIN_SHARE


def _count_borders(codes: Array, values: Array) -> tuple[int, int]:
    """Count the blurred borders, and all borders, along the rows."""
    changes = np.zeros(codes.shape, bool)
    np.not_equal(codes[:, 1:], codes[:, :-1], out=changes[:, :-1])  # from a pixel to the next; never across a row's end
    positions = np.flatnonzero(changes)
    if not len(positions):
        return 0, 0
    first = np.flatnonzero(np.diff(positions, prepend=-2) != 1)
    lengths = np.diff(first, append=len(positions))
    start = _values_at(values, positions[first])
    span = _values_at(values, positions[first] + lengths) - start
    real = np.abs(span).max(axis=1) >= (_MIN_COLOR_STEP if values.ndim == 3 else 1)
    long = np.flatnonzero(real & (lengths > 1) & (lengths <= _MAX_MIXED + 1))
    if not len(long):
        return 0, int(real.sum())
    # One entry per pixel between two ends, border after border.
    between = lengths[long] - 1
    offsets = np.cumsum(between) - between
    middle = _values_at(values, np.repeat(positions[first[long]] + 1 - offsets, between) + np.arange(between.sum()))
    start, span = np.repeat(start[long], between, axis=0), np.repeat(span[long], between, axis=0)
    fraction = ((middle - start) * span).sum(axis=1) / (span**2).sum(axis=1)
    distance = np.abs(start + fraction[:, np.newaxis] * span - middle).max(axis=1)
    on_line = (distance <= _TOLERANCE) & (fraction > -_OVERSHOOT) & (fraction < 1 + _OVERSHOOT)
    inside = (fraction > 0) & (fraction < 1)
    blurred = np.logical_and.reduceat(on_line, offsets) & np.logical_or.reduceat(inside, offsets)
    return int(blurred.sum()), int(real.sum())


def _values_at(values: Array, positions: Array) -> Array:
    """Values at flat positions of a mask, (n, channels), float32."""
    rows, columns = np.divmod(positions, values.shape[1])
    return values[rows, columns].reshape(len(positions), -1).astype(np.float32)
