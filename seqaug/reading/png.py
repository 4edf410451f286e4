"""Indexed PNG files: their colour table and their stored indices.

OpenCV expands an indexed PNG to the colours of its table. Masks often store class ids as indices, so both are needed.
"""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Iterator
from typing import Any

import numpy as np

from seqaug.errors import ReadError
from seqaug.reading.decoding import decode, decode_with_opencv
from seqaug.reading.file_bytes import PNG_SIGNATURE, read_bytes

_GREY = 0
_INDEXED = 3
_COLOR_TYPE = 9  # offset in the header: width 4 bytes, height 4, bit depth 1, colour type


def color_table(path: str | os.PathLike[str]) -> np.ndarray[Any, np.dtype[np.uint8]] | None:
    """Read the colour table of a PNG file.

    Returns:
        RGB colours, shape (n, 3), uint8, in the order of their indices; None if the PNG is not indexed.

    Raises:
        ReadError: the file is missing, empty, truncated or not a PNG.
    """
    data = read_bytes(path)
    if not data.startswith(PNG_SIGNATURE):
        raise ReadError(path, f"not a PNG file: it starts with {data[:8]!r}; expected an indexed PNG")
    if not is_indexed(data):
        return None
    for kind, content, _ in chunks(data):
        if kind == b"PLTE":
            if not content or len(content) % 3:
                break
            return np.frombuffer(content, np.uint8).reshape(-1, 3)
    raise ReadError(path, "an indexed PNG without a complete colour table; export it again")


def is_indexed(data: bytes) -> bool:
    """Return whether the bytes are a PNG whose pixels are indices into a colour table."""
    return data.startswith(PNG_SIGNATURE) and data[16 + _COLOR_TYPE : 17 + _COLOR_TYPE] == bytes([_INDEXED])


def decode_indices(path: str | os.PathLike[str], data: bytes) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """Decode an indexed PNG to its indices, shape (H, W), uint8.

    The header's colour type is set to grey and the colour table removed, so that decoders return the indices.

    Raises:
        ReadError: the file is damaged.
    """
    parts = [PNG_SIGNATURE]
    depth = 8
    is_intact = True
    for kind, content, checksum in chunks(data):
        is_intact &= checksum == _checksum(kind, content)
        if kind == b"IHDR":
            depth = content[_COLOR_TYPE - 1]
            content = content[:_COLOR_TYPE] + bytes([_GREY]) + content[_COLOR_TYPE + 1 :]
        elif kind not in (b"IDAT", b"IEND"):
            continue
        parts += [struct.pack(">I", len(content)), kind, content, struct.pack(">I", _checksum(kind, content))]
    # The new checksums hide damage, which OpenCV finds all the same.
    indices = (decode if is_intact else decode_with_opencv)(path, b"".join(parts), "unchanged")
    if depth in (1, 2, 4):  # decoders scale fewer bits to 0..255
        indices //= 255 // (2**depth - 1)
    return indices


def _checksum(kind: bytes, content: bytes) -> int:
    return zlib.crc32(content, zlib.crc32(kind))


def chunks(data: bytes) -> Iterator[tuple[bytes, bytes, int]]:
    """Yield type, content and checksum of each chunk of a PNG, as far as the file is intact."""
    at = len(PNG_SIGNATURE)
    while at + 12 <= len(data):
        (length,) = struct.unpack_from(">I", data, at)
        end = at + 8 + length
        yield data[at + 4 : at + 8], data[at + 8 : end], int.from_bytes(data[end : end + 4], "big")
        at = end + 4
