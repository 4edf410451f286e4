"""Decoding, guarded against oversized and damaged files: PNG with the fastest decoder, all else with OpenCV."""

from __future__ import annotations

import os
from typing import Any

import cv2
import numpy as np

from seqaug.errors import ReadError
from seqaug.reading.dimensions import check_dimensions
from seqaug.reading.file_bytes import IMAGE_SUFFIXES, PNG_SIGNATURE
from seqaug.reading.opencv import require_opencv
from seqaug.reading.png_decoders import decode_png

require_opencv()  # before a name that older versions lack


_FLAGS = {
    "rgb": cv2.IMREAD_COLOR_RGB,
    "grayscale": cv2.IMREAD_GRAYSCALE,
    "unchanged": cv2.IMREAD_UNCHANGED,
}
_TO_RGB_ORDER = {3: cv2.COLOR_BGR2RGB, 4: cv2.COLOR_BGRA2RGBA}
_CONVERTIBLE = (np.uint8, np.uint16, np.float32)  # dtypes that OpenCV's cvtColor takes


def decode(path: str | os.PathLike[str], data: bytes, mode: str = "unchanged") -> np.ndarray[Any, Any]:
    """Decode the bytes of an image file to the pixels of `cv2.imdecode`, EXIF orientation ignored.

    Args:
        path: the file, for messages.
        data: its content.
        mode: "rgb" and "grayscale" give 8 bits and 3 or 1 channels; "unchanged" the stored depth and channels.

    Returns:
        An array of shape (H, W) or (H, W, C), channels in the order red, green, blue, alpha.

    Raises:
        ReadError: OpenCV cannot decode the bytes, or the image is too large, see `check_dimensions`.
    """
    check_dimensions(path, data)
    pixels = decode_png(data, mode)
    return decode_with_opencv(path, data, mode) if pixels is None else pixels


def decode_with_opencv(path: str | os.PathLike[str], data: bytes, mode: str) -> np.ndarray[Any, Any]:
    """Decode the bytes of an image file with OpenCV, see `decode`."""
    check_dimensions(path, data)
    _check_chunks(path, data)
    try:
        pixels = cv2.imdecode(np.frombuffer(data, np.uint8), _FLAGS[mode] | cv2.IMREAD_IGNORE_ORIENTATION)
    except cv2.error as error:
        raise ReadError(path, _explain(data, error)) from error
    if pixels is None:
        raise ReadError(path, _explain(data, None))
    return _to_rgb_order(pixels) if mode == "unchanged" else pixels


def _to_rgb_order(pixels: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Convert an image that OpenCV decoded unchanged, (H, W) or (H, W, C), from BGR(A) to RGB(A)."""
    if pixels.ndim == 2 or pixels.shape[2] not in _TO_RGB_ORDER:
        return pixels
    if pixels.dtype in _CONVERTIBLE:
        return cv2.cvtColor(pixels, _TO_RGB_ORDER[pixels.shape[2]])
    return np.ascontiguousarray(pixels[..., [2, 1, 0, 3][: pixels.shape[2]]])


def _check_chunks(path: str | os.PathLike[str], data: bytes) -> None:
    """Refuse a PNG chunk whose declared length exceeds the file: OpenCV would allocate it, up to 2 GB."""
    if not data.startswith(PNG_SIGNATURE):
        return
    at = len(PNG_SIGNATURE)
    while at + 12 <= len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        if data[at + 4 : at + 8] == b"IEND":
            return
        if at + 12 + length > len(data):
            raise ReadError(
                path,
                f"damaged: the chunk at byte {at} of {len(data)} declares {length} bytes; copy or export it again",
            )
        at += 12 + length


def _explain(data: bytes, error: cv2.error | None) -> str:
    if error is not None and "CV_IO_MAX_IMAGE" in str(error):
        return (
            "the image exceeds OpenCV's limit (2^30 pixels); cut it into tiles, or set "
            "OPENCV_IO_MAX_IMAGE_PIXELS before the program starts"
        )
    if data.lstrip()[:1] in (b"{", b"["):
        return (
            "JSON, and no image; polygons of Cityscapes and LabelMe are read as masks, one file for each image, and "
            "COCO's by from_coco"
        )
    detail = f" ({error})" if error is not None else ""
    return (
        f"not an image that OpenCV can decode{detail}: {len(data)} bytes that start with {data[:8]!r}; expected "
        f"a complete file of one of the formats {', '.join(IMAGE_SUFFIXES)}"
    )
