"""TIFF files, of which OpenCV reads the common kinds faithfully and some others wrongly without a word.

Measured with OpenCV 5.0: bands beyond the first are dropped where a file does not call itself RGB, planes stored apart
are garbled at 16 bits, and more than 4 bands are refused. Such files are read by tifffile (the extra `seqaug[tiff]`).
"""

from __future__ import annotations

import io
import os
from typing import Any

import cv2
import numpy as np

from seqaug.errors import ReadError
from seqaug.reading.decoding import decode, in_rgb_order
from seqaug.reading.dimensions import check_dimensions
from seqaug.reading.tiff_directory import TiffPage, make_first_page, page_offsets

_PHOTOMETRIC, _SAMPLES_PER_PIXEL, _PLANAR, _EXTRA_SAMPLES = 262, 277, 284, 338
_CONTIGUOUS = 1
_GREYS, _RGB, _YCBCR = (0, 1), 2, 6
_ASSOCIATED_ALPHA = 1


def decode_tiff(path: str | os.PathLike[str], data: bytes, *, pages_are_channels: bool = False) -> np.ndarray[Any, Any]:
    """Decode a TIFF, all bands at their stored depth, colours not multiplied by alpha.

    Args:
        path: the file that errors name.
        data: its bytes.
        pages_are_channels: whether the bands of several pages of equal size and dtype are put one behind the other;
            else there may be one page, beside smaller versions of it and transparency masks, which are passed over.

    Returns:
        An array of shape (H, W) or (H, W, C); colours in the order red, green, blue(, alpha).

    Raises:
        ReadError: the file is damaged, too large (see `check_dimensions`), has several pages or pages that differ, or
            is of a kind that needs tifffile, which is not installed.
    """
    offsets = page_offsets(data)
    if len(offsets) == 1:
        return _decode_page(path, data)
    if not pages_are_channels:
        raise ReadError(
            path,
            f"a TIFF of {len(offsets)} pages, and an image is one; write the page that is wanted into a file of its "
            'own; where they are the channels of an image, color_mode="unchanged" reads pages of equal size as such',
        )
    check_dimensions(path, data, len(offsets))
    pages = []
    turned: Any = bytearray(data)  # to each page in turn: copies would take the size of the file for each
    for at in offsets:
        make_first_page(turned, at)
        pages.append(np.atleast_3d(_decode_page(path, turned)))
    kinds = {(*page.shape[:2], str(page.dtype)): None for page in pages}
    if len(kinds) > 1:
        found = ", ".join(f"{height}x{width} {dtype}" for height, width, dtype in list(kinds)[:4])
        raise ReadError(
            path,
            f"a TIFF of {len(offsets)} pages that differ ({found}); those of equal size and depth are read as "
            "channels: write the page that is wanted into a file of its own",
        )
    return np.concatenate(pages, axis=2)


def _decode_page(path: str | os.PathLike[str], data: bytes) -> np.ndarray[Any, Any]:
    """Decode the first page."""
    page = TiffPage(data)
    if _opencv_is_faithful(page):
        # OpenCV multiplies 8-bit colours by their alpha, unless the file says that they are already.
        return in_rgb_order(decode(path, page.with_short(_EXTRA_SAMPLES, _ASSOCIATED_ALPHA), cv2.IMREAD_UNCHANGED))
    try:
        import tifffile
    except ImportError as error:
        raise ReadError(
            path,
            "a TIFF with other bands than grey or RGB, which OpenCV does not read faithfully; "
            'pip install "seqaug[tiff]" reads it with tifffile',
        ) from error
    check_dimensions(path, data)
    try:
        with tifffile.TiffFile(io.BytesIO(data)) as file:
            first = file.pages.first
            pixels = first.asarray()
            apart = first.planarconfig != _CONTIGUOUS
    except Exception as error:  # tifffile lets through whatever its decoders raise
        raise ReadError(path, f"tifffile cannot decode it: {error}; copy or export it again") from error
    if pixels.ndim not in (2, 3) or not pixels.size:
        raise ReadError(
            path, f"pixels of shape {pixels.shape}, as tifffile reads it; expected (height, width) or with channels"
        )
    return np.ascontiguousarray(np.moveaxis(pixels, 0, -1)) if apart and pixels.ndim == 3 else pixels


def _opencv_is_faithful(page: TiffPage) -> bool:
    samples, photometric = page.value(_SAMPLES_PER_PIXEL, 1), page.value(_PHOTOMETRIC, -1)
    if samples > 1 and page.value(_PLANAR, _CONTIGUOUS) != _CONTIGUOUS:
        return False
    return (samples == 1 and photometric in _GREYS) or (samples in (3, 4) and photometric in (_RGB, _YCBCR))
