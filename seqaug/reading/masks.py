"""Reading masks, as palette colours or as class ids."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from seqaug.errors import ReadError
from seqaug.reading.file_bytes import is_jpeg, read_bytes
from seqaug.reading.images import as_read_errors, decode_image
from seqaug.reading.nodata import nodata_value, with_nodata
from seqaug.reading.numpy_files import decode_numpy, is_numpy
from seqaug.reading.photographs import is_photograph
from seqaug.reading.png import decode_indices, is_indexed
from seqaug.reading.tiff_directory import is_tiff, page_offsets

_WITH_ALPHA = 4


def read_mask_colors(
    path: str | os.PathLike[str], *, marks_nodata: bool = False
) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """Read a mask whose pixels are palette colours.

    Args:
        path: a path or URL.
        marks_nodata: whether to return pixels without data, see `with_nodata`.

    Returns:
        RGB colours, shape (H, W, 3), uint8. An indexed PNG is expanded to the colours of its table, a grey file to
        equal red, green and blue; alpha is dropped.

    Raises:
        ReadError: see `read_image`.
    """
    data = read_bytes(path)
    colors = decode_mask_colors(path, data)
    return with_nodata(colors, nodata_value(data)) if marks_nodata else colors


def decode_mask_colors(path: str | os.PathLike[str], data: bytes) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """Decode the content of a mask file, as `read_mask_colors` does."""
    if is_numpy(data):
        colors = decode_numpy(path, data, "mask")
        if colors.dtype != np.uint8 or colors.shape[2:] != (3,):
            raise ReadError(
                path,
                f"an array of {colors.dtype}, {colors.shape}, and the palette is for colours: (height, width, 3) of "
                "uint8; if it holds class ids, leave palette= out and give num_classes=",
            )
        return colors
    _check_single_page(path, data)
    return decode_image(path, data, "rgb")


def read_class_ids(path: str | os.PathLike[str]) -> np.ndarray[Any, Any]:
    """Read a mask whose pixels are class ids.

    Returns:
        Class ids, shape (H, W), in the stored integer dtype (mostly uint8 or uint16). An indexed PNG gives its
        indices, not their colours; a file of several equal channels gives one of them.

    Raises:
        ReadError: see `read_image`; or the file is a JPEG, whose compression changes ids; or pixels are colours or
            not integers.
    """
    pixels = read_mask(path)
    if pixels.ndim == 3:
        row, column = np.argwhere((pixels != pixels[..., :1]).any(axis=-1))[0]
        raise ReadError(
            path,
            f"a mask of {pixels.shape[2]} channels that differ (first at row {row}, column {column}); expected one "
            "channel of class ids; if its pixels are colours, give their palette=",
        )
    return pixels


def read_planes(path: str | os.PathLike[str]) -> np.ndarray[Any, Any]:
    """Read the masks of several classes, one in each band of a file.

    Returns:
        (H, W, K), as stored.

    Raises:
        ReadError: see `read_image`; or the file is a JPEG, whose compression changes masks.
    """
    data = read_bytes(path)
    if is_jpeg(data):
        raise ReadError(path, "a JPEG holds no exact masks (its compression changes them); store them as PNG or TIFF")
    return decode_image(path, data, "unchanged", "mask")


def read_mask(path: str | os.PathLike[str], name: str = "mask", *, marks_nodata: bool = False) -> np.ndarray[Any, Any]:
    """Read a mask that holds class ids or colours, and leave the choice to the caller.

    Args:
        path: a path or URL.
        name: which array to read of a .npz with several.
        marks_nodata: whether to return pixels without data, see `with_nodata`.

    Returns:
        Class ids, shape (H, W), as `read_class_ids` returns them; or, if channels differ, all of them, shape (H, W, C),
        colours as RGB.

    Raises:
        ReadError: see `read_image`; or the file is a JPEG; or ids are not integers.
    """
    data = read_bytes(path)
    pixels = decode_ids_or_colors(path, data, name)
    return with_nodata(pixels, nodata_value(data)) if marks_nodata else pixels


def decode_ids_or_colors(path: str | os.PathLike[str], data: bytes, name: str = "mask") -> np.ndarray[Any, Any]:
    """Decode the content of a mask file, as `read_mask` does."""
    if is_jpeg(data):
        if is_photograph(decode_image(path, data, "unchanged")):
            raise ReadError(path, "a photograph instead of a mask; are images and masks swapped?")
        raise ReadError(
            path,
            "a JPEG holds no exact class ids (its compression changes them); store the mask as PNG, or give "
            'palette=Palette(..., unknown="nearest") if its pixels are palette colours',
        )
    pixels = decode_mask(path, data, name)
    if pixels.ndim == 2 and pixels.dtype.kind not in "iu":
        raise ReadError(path, f"pixels of {pixels.dtype}; expected class ids: integers of 8 or 16 bits")
    return pixels


def decode_mask(path: str | os.PathLike[str], data: bytes, name: str = "mask") -> np.ndarray[Any, Any]:
    """Decode the content of a mask file that holds class ids or colours.

    Returns:
        Class ids, shape (H, W), at the stored depth, if the PNG is indexed or all channels except alpha are equal;
        else the channels, shape (H, W, C), colours as RGB.

    Raises:
        ReadError: see `read_image`.
    """
    with as_read_errors(path):
        return _decode(path, data, name)


def _decode(path: str | os.PathLike[str], data: bytes, name: str) -> np.ndarray[Any, Any]:
    if is_indexed(data):
        return decode_indices(path, data)
    if is_numpy(data):
        pixels = decode_numpy(path, data, name)
        pixels = pixels.view(np.uint8) if pixels.dtype == bool else pixels
        return pixels[..., 0] if pixels.shape[2:] == (1,) else pixels
    _check_single_page(path, data)
    pixels = decode_image(path, data, "unchanged")
    if pixels.shape[2] == _WITH_ALPHA:
        pixels = pixels[..., :3]
    is_grey = bool((pixels == pixels[..., :1]).all())
    return np.ascontiguousarray(pixels[..., 0] if is_grey else pixels)


def _check_single_page(path: str | os.PathLike[str], data: bytes) -> None:
    pages = len(page_offsets(data)) if is_tiff(data) else 1
    if pages > 1:
        raise ReadError(
            path,
            f"a TIFF of {pages} pages; expected a mask of one page: save the right page as a file of its own",
        )
