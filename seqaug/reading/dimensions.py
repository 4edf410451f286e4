"""How large an image is by its header, before memory is taken for its pixels."""

from __future__ import annotations

import os
import re
import struct

from seqaug.errors import ReadError
from seqaug.reading.file_bytes import PNG_SIGNATURE, is_jpeg
from seqaug.reading.tiff_directory import TiffPage, is_tiff

VARIABLE = "SEQAUG_MAX_IMAGE_PIXELS"
_DEFAULT = 2**27  # 400 MB of RGB

_WIDTH, _HEIGHT, _SAMPLES, _TILE_WIDTH, _TILE_HEIGHT, _DEPTH = 256, 257, 277, 322, 323, 32_997
_AT_ONCE = 4  # channels: more of them count as more pixels

# Markers of JPEG (ITU-T T.81, 1992, table B.1): those that begin a frame, and those without a length.
_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
_LONE = {0x01, *range(0xD0, 0xD9)}
_START_OF_SCAN, _END = 0xDA, 0xD9

_HEAD = 65_536  # where boxes of sizes stand


def check_dimensions(path: str | os.PathLike[str], data: bytes, pages: int = 1) -> None:
    """See that an image is not too large to be decoded.

    The limit is 2^27 pixels, or what the environment variable `SEQAUG_MAX_IMAGE_PIXELS` says. Every further four
    channels of a TIFF count as many pixels again.

    Args:
        path: the file that errors name.
        data: its bytes.
        pages: how many there are as large as the first one, which become its channels.

    Raises:
        ReadError: it is; or the variable is no number.
    """
    pixels = count_pixels(data) * -(-pages // _AT_ONCE)
    limit = _limit(path)
    if pixels > limit:
        raise ReadError(
            path,
            f"the header says {pixels} pixels, and more than {limit} are not decoded, lest a damaged or malicious file "
            f"take all memory; cut the image into tiles, or set the environment variable {VARIABLE} to a higher number",
        )


def _limit(path: str | os.PathLike[str]) -> int:
    text = os.environ.get(VARIABLE, "")
    try:
        limit = int(text) if text else _DEFAULT
    except ValueError:
        limit = 0
    if limit < 1:
        raise ReadError(
            path,
            f"cannot be decoded: the environment variable {VARIABLE} is {text!r}; expected a number such as {_DEFAULT}",
        )
    return limit


def count_pixels(data: bytes) -> int:
    """Count the pixels of an image by its header; 0 where it does not say.

    Args:
        data: a PNG, JPEG, TIFF (of which the first page is counted), BMP or WebP, or a GIF, JPEG 2000 or AVIF, which
            OpenCV mostly decodes as well.
    """
    try:
        if data.startswith(PNG_SIGNATURE):
            width, height = struct.unpack_from(">II", data, 16)
        elif is_jpeg(data):
            width, height = _of_jpeg(data)
        elif is_tiff(data):
            return _of_tiff(TiffPage(data))
        elif data[:2] == b"BM":
            width, height = _of_bmp(data)
        elif data[:4] == b"RIFF" and data[8:12] == b"WEBP":
            width, height = _of_webp(data)
        else:
            width, height = _of_another(data)
    except struct.error:  # the header breaks off, and the decoder says so
        return 0
    return abs(int(width)) * abs(int(height))


def _of_jpeg(data: bytes) -> tuple[int, int]:
    at = 2
    while True:
        at = data.find(b"\xff", at)  # decoders pass over what lies between
        while at >= 0 and data[at + 1 : at + 2] == b"\xff":
            at += 1
        marker = data[at + 1 : at + 2]
        if at < 0 or not marker or marker[0] in (_START_OF_SCAN, _END):
            return 0, 0
        if marker[0] in _FRAMES:
            height, width = struct.unpack_from(">HH", data, at + 5)
            return width, height
        at += 2
        if marker[0] not in _LONE and marker[0]:
            at += max(2, int.from_bytes(data[at : at + 2], "big"))


def _of_another(data: bytes) -> tuple[int, int]:
    if data[:4] == b"GIF8":
        width, height = struct.unpack_from("<HH", data, 6)
        return width, height
    if data[:4] == b"\xff\x4f\xff\x51":  # JPEG 2000 without boxes
        width, height = struct.unpack_from(">II", data, 8)
        return width, height
    # JPEG 2000 has one box with its size, AVIF one for each part and one for the whole.
    boxes = re.finditer(rb"ihdr(?=.{8})|ispe....(?=.{8})", data[:_HEAD], re.DOTALL)
    sizes = [struct.unpack_from(">II", data, box.end()) for box in boxes]
    return max(sizes, key=lambda size: size[0] * size[1], default=(0, 0))


def _of_tiff(page: TiffPage) -> int:
    samples = max(1, -(-page.value(_SAMPLES, 1) // _AT_ONCE))
    image = page.value(_WIDTH, 0) * page.value(_HEIGHT, 0) * max(1, page.value(_DEPTH, 1))
    return max(image, page.value(_TILE_WIDTH, 0) * page.value(_TILE_HEIGHT, 0)) * samples


def _of_bmp(data: bytes) -> tuple[int, int]:
    old = data[14:18] == b"\x0c\0\0\0"
    width, height = struct.unpack_from("<HH" if old else "<ii", data, 18)
    return width, height


def _of_webp(data: bytes) -> tuple[int, int]:
    kind = data[12:16]
    if kind == b"VP8X":
        width, height = (int.from_bytes(data[at : at + 3], "little") + 1 for at in (24, 27))
    elif kind == b"VP8L":
        (bits,) = struct.unpack_from("<I", data, 21)
        width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    else:
        width, height = (size & 0x3FFF for size in struct.unpack_from("<HH", data, 26))
    return width, height
