"""Indexed PNG files: their colour table, and their indices as they are stored.

OpenCV expands an indexed PNG to the colours of its table. Masks often hold class ids as indices, so both are wanted.
"""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np

from seqaug.errors import ReadError
from seqaug.reading.decoding import decode
from seqaug.reading.file_bytes import PNG_SIGNATURE, read_bytes

_GREY = 0
_INDEXED = 3
_COLOR_TYPE = 9  # where the header's fields hold it: width 4, height 4, bit depth 1, colour type


def color_table(path: str | os.PathLike[str]) -> np.ndarray[Any, np.dtype[np.uint8]] | None:
    """Read the colour table of a PNG file.

    Returns:
        The colours as RGB, shape (n, 3), uint8, in the order of their indices; None where the PNG is not indexed.

    Raises:
        ReadError: the file is missing, empty, cut short or no PNG.
    """
    data = read_bytes(path)
    if not data.startswith(PNG_SIGNATURE):
        raise ReadError(path, f"not a PNG file: it begins with {data[:8]!r}; expected an indexed PNG")
    if not is_indexed(data):
        return None
    for kind, content in chunks(data):
        if kind == b"PLTE":
            if not content or len(content) % 3:
                break
            return np.frombuffer(content, np.uint8).reshape(-1, 3)
    raise ReadError(path, "an indexed PNG without a whole colour table; export it again")


def is_indexed(data: bytes) -> bool:
    """Tell whether the bytes are a PNG whose pixels are indices into a colour table."""
    return data.startswith(PNG_SIGNATURE) and data[16 + _COLOR_TYPE : 17 + _COLOR_TYPE] == bytes([_INDEXED])


def decode_indices(path: str | os.PathLike[str], data: bytes) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """Decode an indexed PNG to its indices, shape (H, W), uint8.

    The header is changed to say "grey" and the colour table left out: the pixels are then the indices themselves.

    Raises:
        ReadError: the file is damaged.
    """
    parts = [PNG_SIGNATURE]
    depth = 8
    for kind, content in chunks(data):
        if kind == b"IHDR":
            depth = content[_COLOR_TYPE - 1]
            content = content[:_COLOR_TYPE] + bytes([_GREY]) + content[_COLOR_TYPE + 1 :]
        elif kind not in (b"IDAT", b"IEND"):
            continue
        parts += [struct.pack(">I", len(content)), kind, content]
        parts.append(struct.pack(">I", zlib.crc32(content, zlib.crc32(kind))))
    indices = decode(path, b"".join(parts), cv2.IMREAD_UNCHANGED)
    if depth in (1, 2, 4):  # decoders stretch fewer bits over 0..255, in steps of this many
        indices //= 255 // (2**depth - 1)
    return indices


def chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Give the kind and the content of each chunk of a PNG, as far as it goes."""
    at = len(PNG_SIGNATURE)
    while at + 12 <= len(data):
        (length,) = struct.unpack_from(">I", data, at)
        yield data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        at += 12 + length
