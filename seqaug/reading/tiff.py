"""TIFF files, of which OpenCV reads the common kinds faithfully and some others wrongly without a word.

Measured with OpenCV 5.0: bands beyond the first are dropped where a file does not call itself RGB, planes stored apart
are garbled at 16 bits, and more than 4 bands are refused. Such files are read by tifffile (the extra `seqaug[tiff]`).
"""

from __future__ import annotations

import io
import os
import struct
from typing import Any

import cv2
import numpy as np

from seqaug.errors import ReadError
from seqaug.reading.decoding import TO_RGB_ORDER, decode

_PHOTOMETRIC, _SAMPLES_PER_PIXEL, _PLANAR, _EXTRA_SAMPLES = 262, 277, 284, 338
_CONTIGUOUS = 1
_GREYS, _RGB, _YCBCR = (0, 1), 2, 6
_ASSOCIATED_ALPHA = 1


def is_tiff(data: bytes) -> bool:
    """Tell whether the bytes begin as a TIFF or BigTIFF does."""
    return data[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")


def decode_tiff(path: str | os.PathLike[str], data: bytes) -> np.ndarray[Any, Any]:
    """Decode the first page of a TIFF, all bands at their stored depth, colours not multiplied by alpha.

    Returns:
        An array of shape (H, W) or (H, W, C); colours in the order red, green, blue(, alpha).

    Raises:
        ReadError: the file is damaged, or of a kind that needs tifffile, which is not installed.
    """
    tags = FirstPage(data)
    if _opencv_is_faithful(tags):
        # OpenCV multiplies 8-bit colours by their alpha, unless the file says that they are already.
        pixels = decode(path, tags.with_value(_EXTRA_SAMPLES, _ASSOCIATED_ALPHA), cv2.IMREAD_UNCHANGED)
        return cv2.cvtColor(pixels, TO_RGB_ORDER[pixels.shape[2]]) if pixels.ndim == 3 else pixels
    try:
        import tifffile
    except ImportError as error:
        raise ReadError(
            path,
            "a TIFF with other bands than grey or RGB, which OpenCV does not read faithfully; "
            'pip install "seqaug[tiff]" reads it with tifffile',
        ) from error
    try:
        with tifffile.TiffFile(io.BytesIO(data)) as file:
            page = file.pages.first
            pixels = page.asarray()
            apart = page.planarconfig != _CONTIGUOUS
    except Exception as error:  # tifffile lets through whatever its decoders raise
        raise ReadError(path, f"tifffile cannot decode it: {error}; copy or export it again") from error
    return np.ascontiguousarray(np.moveaxis(pixels, 0, -1)) if apart and pixels.ndim == 3 else pixels


def _opencv_is_faithful(tags: FirstPage) -> bool:
    samples, photometric = tags.value(_SAMPLES_PER_PIXEL, 1), tags.value(_PHOTOMETRIC, -1)
    if samples > 1 and tags.value(_PLANAR, _CONTIGUOUS) != _CONTIGUOUS:
        return False
    return (samples == 1 and photometric in _GREYS) or (samples in (3, 4) and photometric in (_RGB, _YCBCR))


class FirstPage:
    """The short numbers in the directory of the first page (TIFF 6.0, 1992, section 2; BigTIFF differs in widths)."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._short = "<H" if data[:2] == b"II" else ">H"
        self._places: dict[int, int] = {}
        order = self._short[0]
        big = data[2:4] in (b"+\0", b"\0+")
        offset, count, entry, value = ("Q", "Q", 20, 12) if big else ("I", "H", 12, 8)
        try:
            (at,) = struct.unpack_from(order + offset, data, 8 if big else 4)
            (entries,) = struct.unpack_from(order + count, data, at)
            at += struct.calcsize(count)
            for start in range(at, at + entries * entry, entry):
                self._places[struct.unpack_from(self._short, data, start)[0]] = start + value
        except struct.error:
            pass  # a damaged directory: the decoder says so

    def value(self, tag: int, default: int) -> int:
        """Give a tag's number, or the default where the tag is missing."""
        place = self._places.get(tag)
        return default if place is None else int(struct.unpack_from(self._short, self._data, place)[0])

    def with_value(self, tag: int, number: int) -> bytes:
        """Give the file with another number in a tag, where it has that tag."""
        place = self._places.get(tag)
        if place is None:
            return self._data
        return self._data[:place] + struct.pack(self._short, number) + self._data[place + 2 :]
