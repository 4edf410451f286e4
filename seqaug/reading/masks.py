"""Reading masks: as palette colours, or as class ids."""

from __future__ import annotations

import os
from typing import Any

import cv2
import numpy as np

from seqaug.errors import ReadError
from seqaug.reading.decoding import decode
from seqaug.reading.files import is_jpeg, read_bytes
from seqaug.reading.images import read_image
from seqaug.reading.png import decode_indices, is_indexed
from seqaug.reading.tiff import decode_tiff, is_tiff


def read_mask_colors(path: str | os.PathLike[str]) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """Read a mask whose pixels are palette colours.

    Returns:
        The colours as RGB, shape (H, W, 3), uint8. An indexed PNG gives the colours of its table, a grey file equal
        red, green and blue; alpha is dropped.

    Raises:
        ReadError: as `read_image`.
    """
    return read_image(path, "rgb")


def read_class_ids(path: str | os.PathLike[str]) -> np.ndarray[Any, Any]:
    """Read a mask whose pixels are class ids.

    Returns:
        The ids, shape (H, W), in the stored integer depth (uint8 or uint16, mostly). An indexed PNG gives its
        indices, not their colours; a file of several equal channels gives one of them.

    Raises:
        ReadError: as `read_image`; the file is a JPEG, whose pixels are no longer the ids that were written; the
            pixels are colours, or no integers.
    """
    data = read_bytes(path)
    if is_jpeg(data):
        raise ReadError(
            path,
            "a JPEG holds no exact class ids (its compression changes them); store the mask as PNG, or give "
            'palette=Palette(..., unknown="nearest") where its pixels are palette colours',
        )
    if is_indexed(data):
        return decode_indices(path, data)
    pixels = decode_tiff(path, data) if is_tiff(data) else decode(path, data, cv2.IMREAD_UNCHANGED)
    if pixels.ndim == 3:
        pixels = _the_one_channel(path, pixels)
    if pixels.dtype.kind not in "iu":
        raise ReadError(path, f"pixels of {pixels.dtype}; expected class ids, which are integers of 8 or 16 bits")
    return pixels


def _the_one_channel(path: str | os.PathLike[str], pixels: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    colors = pixels[..., :3]
    if not (colors == colors[..., :1]).all():
        row, column = np.argwhere((colors != colors[..., :1]).any(axis=-1))[0]
        raise ReadError(
            path,
            f"a mask of {pixels.shape[2]} channels that differ (first at row {row}, column {column}); expected one "
            "channel of class ids; where its pixels are colours, say which with palette=",
        )
    return np.ascontiguousarray(colors[..., 0])
