"""Files that hold fewer bits than they have room for, which a reading in 8 bits all but empties."""

from __future__ import annotations

import os
from collections.abc import Iterable

import numpy as np

from seqaug.errors import ReadError
from seqaug.reading.file_bytes import PNG_SIGNATURE, read_bytes
from seqaug.reading.images import decode_image
from seqaug.reading.tiff_directory import TiffPage, is_tiff

TWELVE_BITS = 4095  # of 65,535: what is left of it in 8 bits is 16 grey levels

_DEPTH_OF_PNG = 24
_BITS_PER_SAMPLE = 258


def greatest_value(path: str | os.PathLike[str], data: bytes) -> int | None:
    """Give the greatest value in an image file of 16 bits; None where it has another depth.

    Raises:
        ReadError: as `read_image`.
    """
    if data.startswith(PNG_SIGNATURE):
        depth = data[_DEPTH_OF_PNG] if len(data) > _DEPTH_OF_PNG else 0
    else:
        depth = TiffPage(data).value(_BITS_PER_SAMPLE, 1) if is_tiff(data) else 8
    if depth != 16:
        return None
    pixels = decode_image(path, data, "unchanged")
    return int(pixels.max()) if pixels.dtype == np.uint16 else None


def shallow_remark(paths: Iterable[str | os.PathLike[str]], color_mode: str) -> str | None:
    """Say that images of 16 bits hold 12 or fewer, of which a reading in 8 bits leaves next to nothing; else None.

    Args:
        paths: some of the images. That one of them is of another depth, or greater, is enough to say nothing.
        color_mode: how they are read.
    """
    greatest = 0
    try:
        for path in paths:
            value = greatest_value(path, read_bytes(path))
            if value is None or value > TWELVE_BITS:
                return None
            greatest = max(greatest, value)
    except ReadError:
        return None
    if not greatest:
        return None
    return (
        f"images have 16 bits and their greatest value, {greatest} in the first batch, is far below 65535: "
        f"color_mode={color_mode!r} keeps the upper 8 bits, which leaves {(greatest >> 8) + 1} grey levels of "
        f'{greatest + 1}; where they hold 12 bits, set color_mode="unchanged" and rescale=1 / {TWELVE_BITS}'
    )
