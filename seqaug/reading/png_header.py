"""Recognizes common, undamaged PNG files by their chunks; decoders may read others in different ways."""

from __future__ import annotations

import struct
import zlib
from typing import NamedTuple

from seqaug.reading.file_bytes import PNG_SIGNATURE

GREY, RGB, INDEXED, RGBA = 0, 2, 3, 6
_CHANNELS = {GREY: 1, RGB: 3, INDEXED: 1, RGBA: 4}

_START = PNG_SIGNATURE + struct.pack(">I4s", 13, b"IHDR")
_END = struct.pack(">I4sI", 0, b"IEND", 0xAE426082)
_AFTER_HEADER = len(_START) + 13 + 4

# Chunks that change no pixels in OpenCV. eXIf, tRNS and those of animations are not among them.
_TEXTS = (b"iTXt", b"tEXt", b"zTXt")
_HARMLESS_BEFORE = {*_TEXTS, b"bKGD", b"cHRM", b"gAMA", b"iCCP", b"pHYs", b"sBIT", b"sRGB", b"tIME"}
_HARMLESS_AFTER = {*_TEXTS, b"tIME"}
_EXIF_AS_TEXT = b"Raw profile"
_BACKGROUND_SIZES = (1, 2, 6)
_MAX_METADATA = 2**20  # bytes of one such chunk; libpng has limits of its own above
_MAX_CHUNKS = 64

_WINDOW = 2**15
_MAX_COMPRESSION = 1032  # of deflate: 258 bytes take at least 2 bits


class PngHeader(NamedTuple):
    """The header of a common PNG.

    Attributes:
        height, width: in pixels, at least 1.
        color_type: `GREY`, `RGB`, `INDEXED` or `RGBA`.
        depth: bits per sample.
        is_interlaced: whether its pixels come in seven passes.
        color_table: the content of the colour table of an indexed one, n * 3 bytes of RGB; else empty.
    """

    height: int
    width: int
    color_type: int
    depth: int
    is_interlaced: bool
    color_table: bytes = b""

    @property
    def kind(self) -> tuple[int, int, bool]:
        """Colour type, depth and interlacing."""
        return self.color_type, self.depth, self.is_interlaced


def common_png_header(data: bytes) -> PngHeader | None:
    """Read the header of a PNG with intact chunks, in the usual order, none of which changes the pixels.

    Returns:
        The header; None for other files, damaged ones, and those with less data than the header's size needs.
    """
    if not data.startswith(_START) or len(data) < _AFTER_HEADER:
        return None
    width, height, depth, color_type, compression, filtering, interlacing = struct.unpack_from(">IIBBBBB", data, 16)
    if not (width and height) or compression or filtering or interlacing > 1 or color_type not in _CHANNELS:
        return None
    table, pixels = b"", b""
    pixel_bytes = chunks = 0
    is_over = False  # whether the pixels are
    view = memoryview(data)
    at = len(PNG_SIGNATURE)
    while data[at + 4 : at + 8] != b"IEND":
        length = int.from_bytes(data[at : at + 4], "big")
        kind, end = data[at + 4 : at + 8], at + 12 + length
        if end > len(data) or zlib.crc32(view[at + 4 : end - 4]) != int.from_bytes(data[end - 4 : end], "big"):
            return None
        if kind == b"IHDR":
            if at > len(PNG_SIGNATURE):
                return None
        elif kind == b"IDAT":
            if is_over or not length:
                return None
            pixels = pixels or data[at + 8 : at + 10]
            pixel_bytes += length
        elif kind == b"PLTE":
            if color_type != INDEXED or table or pixel_bytes or not 3 <= length <= 768 or length % 3:
                return None
            table = data[at + 8 : at + 8 + length]
        else:
            chunks += 1
            is_over = pixel_bytes > 0
            if not _is_harmless(kind, data[at + 8 : at + 8 + min(length, len(_EXIF_AS_TEXT))], length, is_over):
                return None
        at = end
    if data[at:] != _END or chunks > _MAX_CHUNKS or bool(table) != (color_type == INDEXED):
        return None
    least = height * -(-width * _CHANNELS[color_type] * depth // 8)
    if least > _MAX_COMPRESSION * pixel_bytes or not _is_zlib(pixels, least + 2 * height):
        return None
    return PngHeader(height, width, color_type, depth, bool(interlacing), table)


def _is_harmless(kind: bytes, start: bytes, length: int, is_after: bool) -> bool:
    if kind not in (_HARMLESS_AFTER if is_after else _HARMLESS_BEFORE) or length > _MAX_METADATA:
        return False
    if kind == b"bKGD":
        return length in _BACKGROUND_SIZES
    return kind not in _TEXTS or start != _EXIF_AS_TEXT


def _is_zlib(start: bytes, size: int) -> bool:
    """Tell whether data begin as zlib's do (RFC 1950, 1996), with a window as large as the data, or the largest."""
    if len(start) < 2 or int.from_bytes(start, "big") % 31 or start[1] & 0x20:
        return False
    return start[0] & 15 == 8 and start[0] >> 4 <= 7 and 256 << (start[0] >> 4) >= min(size, _WINDOW)
