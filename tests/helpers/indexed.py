"""Indexed PNGs, assembled byte by byte."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np


def write_indexed(path: Path, table: list[list[int]]) -> Path:
    """Write an indexed PNG of 1x1 pixels."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    path.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 3, 0, 0, 0))
        + chunk(b"PLTE", np.array(table, np.uint8).tobytes())
        + chunk(b"IDAT", zlib.compress(b"\0\0"))
        + chunk(b"IEND", b"")
    )
    return path
