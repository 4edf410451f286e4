"""Reading images."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, Literal, get_args

import cv2
import numpy as np

from seqaug.errors import ReadError
from seqaug.reading.decoding import decode
from seqaug.reading.file_bytes import read_bytes
from seqaug.reading.numpy_files import decode_numpy, is_numpy
from seqaug.reading.tiff import decode_tiff
from seqaug.reading.tiff_directory import is_tiff

ColorMode = Literal["rgb", "grayscale", "rgba", "unchanged"]
COLOR_MODES: Final = get_args(ColorMode)

# Conversion from each number of stored channels to each mode; None: no conversion needed.
_CONVERSIONS: dict[str, dict[int, int | None]] = {
    "rgb": {1: cv2.COLOR_GRAY2RGB, 3: None, 4: cv2.COLOR_RGBA2RGB},
    "grayscale": {1: None, 3: cv2.COLOR_RGB2GRAY, 4: cv2.COLOR_RGBA2GRAY},
    "rgba": {1: cv2.COLOR_GRAY2RGBA, 3: cv2.COLOR_RGB2RGBA, 4: None},
}


def read_image(path: str | os.PathLike[str], color_mode: str = "rgb", name: str = "image") -> np.ndarray[Any, Any]:
    """Read an image file (JPEG, PNG, BMP, TIFF, WebP, or NumPy's .npy and .npz).

    Pixels are returned as stored: EXIF orientation tags are ignored, for images as for masks.

    Args:
        path: a path or URL.
        color_mode: "rgb", "grayscale" or "rgba" return 8 bits and 3, 1 or 4 channels, whatever is stored (16 bits are
            scaled by 1/256, a missing alpha is 255); "unchanged" returns the stored channels at the stored depth, and
            concatenates those of a TIFF's pages of equal size.
        name: which array to read of a .npz with several.

    Returns:
        An array of shape (H, W, C), channels in the order red, green, blue, alpha; uint8 in 0..255, or as stored.

    Raises:
        ReadError: the file is missing, empty, truncated, damaged, not an image, has several pages, is too large (see
            `seqaug.reading.dimensions`), or cannot be converted to this colour mode.
    """
    return decode_image(path, read_bytes(path), color_mode, name)


def decode_image(
    path: str | os.PathLike[str], data: bytes, color_mode: str = "rgb", name: str = "image"
) -> np.ndarray[Any, Any]:
    """Decode the content of an image file, as `read_image` does."""
    with as_read_errors(path):
        return _decode(path, data, color_mode, name)


@contextmanager
def as_read_errors(path: str | os.PathLike[str]) -> Iterator[None]:
    """Raise any error of decoding a damaged file as a ReadError that names the file."""
    try:
        yield
    except (ReadError, MemoryError):
        raise
    except Exception as error:
        raise ReadError(
            path, f"damaged: decoding raises {type(error).__name__}: {error}; copy or export it again"
        ) from error


def _decode(path: str | os.PathLike[str], data: bytes, color_mode: str, name: str) -> np.ndarray[Any, Any]:
    if is_numpy(data):
        pixels = to_color_mode(path, decode_numpy(path, data, name), color_mode)
    elif is_tiff(data):
        decoded = decode_tiff(path, data, pages_are_channels=color_mode == "unchanged")
        pixels = to_color_mode(path, decoded, color_mode)
    elif color_mode in ("rgb", "grayscale"):
        pixels = decode(path, data, color_mode)
    else:
        pixels = to_color_mode(path, decode(path, data), color_mode)
    return pixels[..., np.newaxis] if pixels.ndim == 2 else pixels


def to_color_mode(path: str | os.PathLike[str], pixels: np.ndarray[Any, Any], color_mode: str) -> np.ndarray[Any, Any]:
    """Convert decoded pixels, (H, W) or (H, W, C), to a colour mode, as `read_image` does.

    Raises:
        ReadError: they cannot be converted; the message names the file.
    """
    if color_mode == "unchanged":
        return pixels
    channels = 1 if pixels.ndim == 2 else pixels.shape[2]
    if pixels.dtype not in (np.uint8, np.uint16) or channels not in _CONVERSIONS[color_mode]:
        raise ReadError(
            path,
            f"{channels} channel(s) of {pixels.dtype} cannot be converted to 8-bit {color_mode}; "
            'expected 1, 3 or 4 channels of uint8 or uint16; read it with color_mode="unchanged"',
        )
    if pixels.dtype == np.uint16:
        pixels = (pixels >> 8).astype(np.uint8)
    conversion = _CONVERSIONS[color_mode][channels]
    return pixels if conversion is None else cv2.cvtColor(pixels, conversion)
