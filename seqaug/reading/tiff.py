"""TIFF files: common kinds by OpenCV, and those that OpenCV silently misreads by tifffile (extra `seqaug[tiff]`).

Measured with OpenCV 5.0: it drops all bands but the first unless a file is marked as RGB, garbles separate planes of 16
bits, and refuses more than 4 bands.
"""

from __future__ import annotations

import io
import os
from typing import Any

import numpy as np

from seqaug.errors import ReadError
from seqaug.reading.decoding import decode
from seqaug.reading.dimensions import check_dimensions
from seqaug.reading.tiff_directory import TiffPage, make_first_page, page_offsets

_PHOTOMETRIC, _SAMPLES_PER_PIXEL, _PLANAR, _EXTRA_SAMPLES = 262, 277, 284, 338
_CONTIGUOUS = 1
_GREYS, _RGB, _YCBCR = (0, 1), 2, 6
_ASSOCIATED_ALPHA = 1


def decode_tiff(path: str | os.PathLike[str], data: bytes, *, pages_are_channels: bool = False) -> np.ndarray[Any, Any]:
    """Decode a TIFF: all bands at their stored depth, colours not multiplied by alpha.

    Args:
        path: the file, for messages.
        data: its content.
        pages_are_channels: whether to concatenate the bands of several pages of equal size and dtype. Otherwise only
            one page is allowed; reduced versions of it and transparency masks are ignored.

    Returns:
        An array of shape (H, W) or (H, W, C); colours in the order red, green, blue(, alpha).

    Raises:
        ReadError: the file is damaged, too large (see `check_dimensions`), has several pages or pages that differ, or
            needs tifffile, which is not installed.
    """
    offsets = page_offsets(data)
    if offsets[0] >= len(data):
        raise ReadError(
            path,
            f"the file is truncated or damaged: its directory should be at byte {offsets[0]}, and it has {len(data)}; "
            "copy or export it again",
        )
    if len(offsets) == 1:
        return _decode_page(path, data)
    if not pages_are_channels:
        raise ReadError(
            path,
            f"a TIFF of {len(offsets)} pages; expected an image of one page: save the right page as a file of its own, "
            'or read pages of equal size as channels with color_mode="unchanged"',
        )
    check_dimensions(path, data, len(offsets))
    pages = []
    reordered: Any = bytearray(data)  # changed in place for each page: copies would take the file's size for each
    for at in offsets:
        make_first_page(reordered, at)
        pages.append(np.atleast_3d(_decode_page(path, reordered)))
    kinds = {(*page.shape[:2], str(page.dtype)): None for page in pages}
    if len(kinds) > 1:
        found = ", ".join(f"{height}x{width} {dtype}" for height, width, dtype in list(kinds)[:4])
        raise ReadError(
            path,
            f"a TIFF of {len(offsets)} pages that differ ({found}); expected pages of equal size and depth, which are "
            "read as channels: save the right page as a file of its own",
        )
    return np.concatenate(pages, axis=2)


def _decode_page(path: str | os.PathLike[str], data: bytes) -> np.ndarray[Any, Any]:
    """Decode the first page."""
    page = TiffPage(data)
    if _opencv_reads_correctly(page):
        # OpenCV multiplies 8-bit colours by alpha unless the file declares that they already are.
        return decode(path, page.with_short(_EXTRA_SAMPLES, _ASSOCIATED_ALPHA))
    try:
        import tifffile
    except ImportError as error:
        raise ReadError(
            path,
            "a TIFF with bands other than grey or RGB, which OpenCV misreads; install tifffile, which reads it: "
            'pip install "seqaug[tiff]"',
        ) from error
    check_dimensions(path, data)
    try:
        with tifffile.TiffFile(io.BytesIO(data)) as file:
            first = file.pages.first
            pixels = first.asarray()
            is_planar = first.planarconfig != _CONTIGUOUS
    except Exception as error:  # tifffile passes on whatever its decoders raise
        raise ReadError(path, f"tifffile cannot decode it: {error}; copy or export it again") from error
    if pixels.ndim not in (2, 3) or not pixels.size:
        raise ReadError(
            path,
            f"tifffile reads pixels of shape {pixels.shape}; expected (height, width) or (height, width, channels)",
        )
    return np.ascontiguousarray(np.moveaxis(pixels, 0, -1)) if is_planar and pixels.ndim == 3 else pixels


def _opencv_reads_correctly(page: TiffPage) -> bool:
    samples, photometric = page.value(_SAMPLES_PER_PIXEL, 1), page.value(_PHOTOMETRIC, -1)
    if samples > 1 and page.value(_PLANAR, _CONTIGUOUS) != _CONTIGUOUS:
        return False
    return (samples == 1 and photometric in _GREYS) or (samples in (3, 4) and photometric in (_RGB, _YCBCR))
