"""Reading masks: as palette colours, or as class ids."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from seqaug.errors import ReadError
from seqaug.reading.file_bytes import is_jpeg, read_bytes
from seqaug.reading.images import decode_image, errors_of
from seqaug.reading.photographs import is_photograph
from seqaug.reading.png import decode_indices, is_indexed
from seqaug.reading.tiff_directory import is_tiff, page_offsets

_WITH_ALPHA = 4


def read_mask_colors(path: str | os.PathLike[str]) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """Read a mask whose pixels are palette colours.

    Returns:
        The colours as RGB, shape (H, W, 3), uint8. An indexed PNG gives the colours of its table, a grey file equal
        red, green and blue; alpha is dropped.

    Raises:
        ReadError: as `read_image`.
    """
    return decode_mask_colors(path, read_bytes(path))


def decode_mask_colors(path: str | os.PathLike[str], data: bytes) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """Decode the bytes of a mask file, as `read_mask_colors` reads the file."""
    _refuse_pages(path, data)
    return decode_image(path, data, "rgb")


def read_class_ids(path: str | os.PathLike[str]) -> np.ndarray[Any, Any]:
    """Read a mask whose pixels are class ids.

    Returns:
        The ids, shape (H, W), in the stored integer depth (uint8 or uint16, mostly). An indexed PNG gives its
        indices, not their colours; a file of several equal channels gives one of them.

    Raises:
        ReadError: as `read_image`; the file is a JPEG, whose pixels are no longer the ids that were written; the
            pixels are colours, or no integers.
    """
    pixels = read_mask(path)
    if pixels.ndim == 3:
        row, column = np.argwhere((pixels != pixels[..., :1]).any(axis=-1))[0]
        raise ReadError(
            path,
            f"a mask of {pixels.shape[2]} channels that differ (first at row {row}, column {column}); expected one "
            "channel of class ids; where its pixels are colours, say which with palette=",
        )
    return pixels


def read_mask(path: str | os.PathLike[str]) -> np.ndarray[Any, Any]:
    """Read a mask without a palette: class ids, or colours, of which the caller is to say what is to be done.

    Returns:
        The ids, shape (H, W), as `read_class_ids` gives them; or several channels that differ, shape (H, W, C), colours
        as RGB.

    Raises:
        ReadError: as `read_image`; the file is a JPEG; the pixels are no integers.
    """
    data = read_bytes(path)
    if is_jpeg(data):
        if is_photograph(decode_image(path, data, "unchanged")):
            raise ReadError(path, "a photograph in the place of a mask; are images and masks swapped?")
        raise ReadError(
            path,
            "a JPEG holds no exact class ids (its compression changes them); store the mask as PNG, or give "
            'palette=Palette(..., unknown="nearest") where its pixels are palette colours',
        )
    pixels = decode_mask(path, data)
    if pixels.ndim == 2 and pixels.dtype.kind not in "iu":
        raise ReadError(path, f"pixels of {pixels.dtype}; expected class ids, which are integers of 8 or 16 bits")
    return pixels


def decode_mask(path: str | os.PathLike[str], data: bytes) -> np.ndarray[Any, Any]:
    """Decode the bytes of a mask file of which it is not known whether its pixels are class ids or colours.

    Returns:
        Ids, shape (H, W), at the stored depth, where the PNG is indexed or all channels are equal, alpha left out;
        else the channels, shape (H, W, C), colours as RGB.

    Raises:
        ReadError: as `read_image`.
    """
    with errors_of(path):
        return _decoded(path, data)


def _decoded(path: str | os.PathLike[str], data: bytes) -> np.ndarray[Any, Any]:
    if is_indexed(data):
        return decode_indices(path, data)
    _refuse_pages(path, data)
    pixels = decode_image(path, data, "unchanged")
    if pixels.shape[2] == _WITH_ALPHA:
        pixels = pixels[..., :3]
    same = bool((pixels == pixels[..., :1]).all())
    return np.ascontiguousarray(pixels[..., 0] if same else pixels)


def _refuse_pages(path: str | os.PathLike[str], data: bytes) -> None:
    pages = len(page_offsets(data)) if is_tiff(data) else 1
    if pages > 1:
        raise ReadError(
            path,
            f"a TIFF of {pages} pages, and a mask is one; write the page that is wanted into a file of its own",
        )
