"""Hand-made files with an EXIF orientation."""

from __future__ import annotations

import struct
import zlib

import cv2
import numpy as np


def exif_block(orientation: int, byte_order: str = "<") -> bytes:
    """Return a TIFF directory with one entry, the orientation."""
    mark = b"II*\0" if byte_order == "<" else b"MM\0*"
    return mark + struct.pack(f"{byte_order}IHHHIHHI", 8, 1, 274, 3, 1, orientation, 0, 0)


def jpeg_with_orientation(rgb: np.ndarray, orientation: int, byte_order: str = "<") -> bytes:
    data = cv2.imencode(".jpg", rgb[..., ::-1])[1].tobytes()
    content = b"Exif\0\0" + exif_block(orientation, byte_order)
    return data[:2] + b"\xff\xe1" + struct.pack(">H", len(content) + 2) + content + data[2:]


def png_with_orientation(rgb: np.ndarray, orientation: int) -> bytes:
    data = cv2.imencode(".png", rgb[..., ::-1])[1].tobytes()
    content = b"eXIf" + exif_block(orientation)
    chunk = struct.pack(">I", len(content) - 4) + content + struct.pack(">I", zlib.crc32(content))
    return data[:33] + chunk + data[33:]


def webp_with_orientation(rgb: np.ndarray, orientation: int) -> bytes:
    data = cv2.imencode(".webp", rgb[..., ::-1])[1].tobytes()
    content = exif_block(orientation)
    chunks = data[12:] + b"EXIF" + struct.pack("<I", len(content)) + content
    return b"RIFF" + struct.pack("<I", len(chunks) + 4) + b"WEBP" + chunks
