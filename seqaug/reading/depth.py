"""16-bit images that use 12 bits or fewer, of which conversion to 8 bits leaves almost nothing."""

from __future__ import annotations

import os
from collections.abc import Iterable

import numpy as np

from seqaug.errors import ReadError
from seqaug.reading.file_bytes import PNG_SIGNATURE, read_bytes
from seqaug.reading.images import decode_image
from seqaug.reading.tiff_directory import TiffPage, is_tiff

MAX_12_BIT = 4095  # of 65,535: conversion to 8 bits leaves 16 grey levels

_PNG_DEPTH_OFFSET = 24
_BITS_PER_SAMPLE = 258


def max_value(path: str | os.PathLike[str], data: bytes) -> int | None:
    """Return the highest value in a 16-bit image file; None for other depths.

    Raises:
        ReadError: see `read_image`.
    """
    if data.startswith(PNG_SIGNATURE):
        depth = data[_PNG_DEPTH_OFFSET] if len(data) > _PNG_DEPTH_OFFSET else 0
    else:
        depth = TiffPage(data).value(_BITS_PER_SAMPLE, 1) if is_tiff(data) else 8
    if depth != 16:
        return None
    pixels = decode_image(path, data, "unchanged")
    return int(pixels.max()) if pixels.dtype == np.uint16 else None


def low_bit_depth_warning(paths: Iterable[str | os.PathLike[str]], color_mode: str) -> str | None:
    """Return a warning if 16-bit images use 12 bits or fewer, which `color_mode` reduces to 16 grey levels; else None.

    Args:
        paths: some of the images; one with another depth or a higher value rules the warning out.
        color_mode: how they are read.
    """
    highest = 0
    try:
        for path in paths:
            value = max_value(path, read_bytes(path))
            if value is None or value > MAX_12_BIT:
                return None
            highest = max(highest, value)
    except ReadError:
        return None
    if not highest:
        return None
    return (
        f"images have 16 bits, but their highest value, {highest} in the first batch, is far below 65535: "
        f"color_mode={color_mode!r} keeps the upper 8 bits, which leaves {(highest >> 8) + 1} grey levels of "
        f'{highest + 1}; if they hold 12 bits, set color_mode="unchanged" and rescale=1 / {MAX_12_BIT}'
    )
