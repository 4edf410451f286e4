"""Pixels without data: those of the value that a TIFF declares as such (GDAL's tag, `gdal_translate -a_nodata`)."""

from __future__ import annotations

import mmap
import struct
from typing import Any

import numpy as np

from seqaug.reading.tiff_directory import TIFF_SUFFIXES, TiffPage, is_tiff

Array = np.ndarray[Any, Any]

_GDAL_NODATA = 42_113


def nodata_value(data: bytes) -> float | None:
    """Return the value of pixels without data that the first page of a TIFF declares; None for all other files."""
    if not is_tiff(data):
        return None
    try:
        return float(TiffPage(data).text(_GDAL_NODATA))
    except ValueError:
        return None


def stored_nodata(path: str) -> float | None:
    """Return the same of a local file, of which only the header is read."""
    if not path.lower().endswith(TIFF_SUFFIXES):
        return None
    try:
        with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            content: Any = data  # a map has what is used here of bytes
            return nodata_value(content)
    except (OSError, ValueError, struct.error):  # missing, empty or damaged: reading it raises, and says how
        return None


def with_nodata(mask: Array, nodata: float | None) -> Array:
    """Mark the pixels of a mask that have no data.

    Args:
        mask: ids, (H, W), or colours, (H, W, 3), which have no data where all channels have the value.
        nodata: the value, or None.

    Returns:
        The mask, as `numpy.ma.MaskedArray` with the value as `fill_value`; unchanged where no pixel has it.
    """
    if nodata is None or mask.dtype.kind not in "iu" or not nodata.is_integer():
        return mask
    limits = np.iinfo(mask.dtype)
    if not limits.min <= nodata <= limits.max:
        return mask
    is_missing = mask == int(nodata)
    if mask.ndim == 3:
        is_missing = np.broadcast_to(is_missing.all(axis=-1, keepdims=True), mask.shape)
    return np.ma.MaskedArray(mask, is_missing, fill_value=int(nodata)) if is_missing.any() else mask


def plain_or_masked(pixels: Any) -> Array:
    """Return pixels as an array; one of `numpy.ma` keeps its mask."""
    return pixels if isinstance(pixels, np.ma.MaskedArray) else np.asarray(pixels)
