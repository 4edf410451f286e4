"""Image size from the header, checked before memory is allocated for pixels."""

from __future__ import annotations

import os
import re
import struct

from seqaug.errors import ReadError
from seqaug.reading.file_bytes import PNG_SIGNATURE, is_jpeg
from seqaug.reading.tiff_directory import TIFF_SUFFIXES, TiffPage, is_tiff

LIMIT_VARIABLE = "SEQAUG_MAX_IMAGE_PIXELS"
_DEFAULT_LIMIT = 2**27  # 400 MB of RGB

_WIDTH, _HEIGHT, _SAMPLES, _TILE_WIDTH, _TILE_HEIGHT, _DEPTH = 256, 257, 277, 322, 323, 32_997
_CHANNELS_PER_PIXEL = 4  # every further four channels count as another pixel

# JPEG markers (ITU-T T.81, 1992, table B.1): starts of frames, and markers without a length.
_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
_WITHOUT_LENGTH = {0x01, *range(0xD0, 0xD9)}
_START_OF_SCAN, _END = 0xDA, 0xD9

_HEAD = 65_536  # bytes searched for size boxes


def check_dimensions(path: str | os.PathLike[str], data: bytes, pages: int = 1) -> None:
    """Refuse an image that is too large to decode.

    The limit is 2^27 pixels, or the environment variable `SEQAUG_MAX_IMAGE_PIXELS`. Every further four channels of a
    TIFF count as many pixels again.

    Args:
        path: the file, for messages.
        data: its content.
        pages: number of pages of the first page's size that become channels.

    Raises:
        ReadError: the image exceeds the limit, or the variable is not a positive number.
    """
    check_pixels(path, count_pixels(data), pages)


def check_pixels(path: str | os.PathLike[str], pixels: int, channels: int) -> None:
    """Refuse an image of too many pixels, see `check_dimensions`; every further four channels count as many again."""
    pixels *= -(-channels // _CHANNELS_PER_PIXEL)
    limit = pixel_limit(path)
    if pixels > limit:
        raise ReadError(
            path,
            f"the header declares {pixels} pixels, more than the limit of {limit} that keeps a damaged or malicious "
            f"file from taking all memory; {_windows_hint(path)}, or raise the variable {LIMIT_VARIABLE}",
        )


def _windows_hint(path: str | os.PathLike[str]) -> str:
    suffix = os.path.splitext(os.fspath(path))[1].lower()
    if suffix == ".npy":
        return "expected tiles=seqaug.Tiles(512), which reads windows of it"
    if suffix in TIFF_SUFFIXES:
        return 'expected tiles=seqaug.Tiles(512), which reads windows of it with pip install "seqaug[geo]"'
    return "store it as TIFF or .npy, of which tiles=seqaug.Tiles(512) reads windows"


def pixel_limit(path: str | os.PathLike[str]) -> int:
    """Return the largest number of pixels that are decoded; `path` is for messages."""
    text = os.environ.get(LIMIT_VARIABLE, "")
    try:
        limit = int(text) if text else _DEFAULT_LIMIT
    except ValueError:
        limit = 0
    if limit < 1:
        raise ReadError(
            path,
            f"cannot be decoded: the environment variable {LIMIT_VARIABLE} is {text!r}; "
            f"expected a number such as {_DEFAULT_LIMIT}",
        )
    return limit


def count_pixels(data: bytes) -> int:
    """Return the number of pixels to decode that an image's header declares; 0 if it declares none.

    Args:
        data: as for `declared_size`.
    """
    try:
        if is_tiff(data):
            return _tiff_pixels(TiffPage(data))
    except struct.error:  # a truncated header, which the decoder reports
        return 0
    height, width = declared_size(data)
    return height * width


def declared_size(data: bytes) -> tuple[int, int]:
    """Return the (height, width) that an image's header declares; (0, 0) if it declares none.

    Args:
        data: a PNG, JPEG, TIFF (whose first page counts), BMP or WebP file; or a GIF, JPEG 2000 or AVIF file, which
            most builds of OpenCV decode too.
    """
    try:
        if data[: len(PNG_SIGNATURE)] == PNG_SIGNATURE:
            width, height = struct.unpack_from(">II", data, 16)
        elif is_jpeg(data[:4]):
            width, height = _jpeg_size(data)
        elif is_tiff(data):
            page = TiffPage(data)
            width, height = page.value(_WIDTH, 0), page.value(_HEIGHT, 0)
        elif data[:2] == b"BM":
            width, height = _bmp_size(data)
        elif data[:4] == b"RIFF" and data[8:12] == b"WEBP":
            width, height = _webp_size(data)
        else:
            width, height = _other_size(data)
    except struct.error:  # a truncated header, which the decoder reports
        return 0, 0
    return abs(int(height)), abs(int(width))


def _jpeg_size(data: bytes) -> tuple[int, int]:
    at = 2
    while True:
        at = data.find(b"\xff", at)  # decoders skip bytes between segments
        while at >= 0 and data[at + 1 : at + 2] == b"\xff":
            at += 1
        marker = data[at + 1 : at + 2]
        if at < 0 or not marker or marker[0] in (_START_OF_SCAN, _END):
            return 0, 0
        if marker[0] in _FRAMES:
            height, width = struct.unpack_from(">HH", data, at + 5)
            return width, height
        at += 2
        if marker[0] not in _WITHOUT_LENGTH and marker[0]:
            at += max(2, int.from_bytes(data[at : at + 2], "big"))


def _other_size(data: bytes) -> tuple[int, int]:
    if data[:4] == b"GIF8":
        width, height = struct.unpack_from("<HH", data, 6)
        return width, height
    if data[:4] == b"\xff\x4f\xff\x51":  # JPEG 2000 without boxes
        width, height = struct.unpack_from(">II", data, 8)
        return width, height
    # JPEG 2000 has one size box, AVIF one for each part and one for the whole image.
    boxes = re.finditer(rb"ihdr(?=.{8})|ispe....(?=.{8})", data[:_HEAD], re.DOTALL)
    sizes = [struct.unpack_from(">II", data, box.end()) for box in boxes]
    return max(sizes, key=lambda size: size[0] * size[1], default=(0, 0))


def _tiff_pixels(page: TiffPage) -> int:
    samples = max(1, -(-page.value(_SAMPLES, 1) // _CHANNELS_PER_PIXEL))
    image = page.value(_WIDTH, 0) * page.value(_HEIGHT, 0) * max(1, page.value(_DEPTH, 1))
    return max(image, page.value(_TILE_WIDTH, 0) * page.value(_TILE_HEIGHT, 0)) * samples


def _bmp_size(data: bytes) -> tuple[int, int]:
    is_old = data[14:18] == b"\x0c\0\0\0"
    width, height = struct.unpack_from("<HH" if is_old else "<ii", data, 18)
    return width, height


def _webp_size(data: bytes) -> tuple[int, int]:
    kind = data[12:16]
    if kind == b"VP8X":
        width, height = (int.from_bytes(data[at : at + 3], "little") + 1 for at in (24, 27))
    elif kind == b"VP8L":
        (bits,) = struct.unpack_from("<I", data, 21)
        width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    else:
        width, height = (size & 0x3FFF for size in struct.unpack_from("<HH", data, 26))
    return width, height
