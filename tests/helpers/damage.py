"""Image files of every format, and random damage to them."""

from __future__ import annotations

import io
import random
import struct
import zlib

import cv2
import numpy as np
import tifffile
from exif import exif_block, jpeg_with_orientation, png_with_orientation, webp_with_orientation

RNG = np.random.default_rng(0)
RGB = cv2.GaussianBlur(RNG.integers(0, 256, (24, 32, 3), dtype=np.uint8), (0, 0), 2)
GRAY = RGB[..., 0]


def encode_tiff(pixels: np.ndarray, **arguments: object) -> bytes:
    file = io.BytesIO()
    tifffile.imwrite(file, pixels, **arguments)
    return file.getvalue()


def intact_files() -> dict[str, bytes]:
    """Return a small file of each format, by file name."""
    indexed = cv2.imencode(".png", GRAY)[1].tobytes()
    head = indexed[12:25] + b"\3" + indexed[26:29]
    table = b"PLTE" + bytes(range(256)) * 3
    chunk = struct.pack(">I", 768) + table + struct.pack(">I", zlib.crc32(table))
    return {
        "plain.png": cv2.imencode(".png", RGB)[1].tobytes(),
        "deep.png": cv2.imencode(".png", RGB.astype(np.uint16) << 8)[1].tobytes(),
        "indexed.png": indexed[:12] + head + struct.pack(">I", zlib.crc32(head)) + chunk + indexed[33:],
        "exif.png": png_with_orientation(RGB, 6),
        "plain.jpg": cv2.imencode(".jpg", RGB)[1].tobytes(),
        "exif.jpg": jpeg_with_orientation(RGB, 6),
        "exif.jpeg": jpeg_with_orientation(RGB, 6, ">"),
        "plain.bmp": cv2.imencode(".bmp", RGB)[1].tobytes(),
        "grey.bmp": cv2.imencode(".bmp", GRAY)[1].tobytes(),
        "lossy.webp": cv2.imencode(".webp", RGB, [cv2.IMWRITE_WEBP_QUALITY, 80])[1].tobytes(),
        "lossless.webp": cv2.imencode(".webp", RGB, [cv2.IMWRITE_WEBP_QUALITY, 101])[1].tobytes(),
        "exif.webp": webp_with_orientation(RGB, 6),
        "exif_alone.tif": exif_block(6),
        "opencv.tif": cv2.imencode(".tif", RGB)[1].tobytes(),
        "plain.tif": encode_tiff(RGB, photometric="rgb"),
        "big.tif": encode_tiff(RGB, photometric="rgb", bigtiff=True, byteorder=">"),
        "float.tif": encode_tiff(GRAY.astype(np.float32), photometric="minisblack"),
        "double.tif": encode_tiff(RGB.astype(np.float64), photometric="rgb"),
        "bands.tiff": encode_tiff(np.dstack([RGB, RGB]), photometric="minisblack", planarconfig="contig"),
        "pages.tiff": encode_tiff(np.stack([GRAY, GRAY]), photometric="minisblack"),
        "packed.tiff": encode_tiff(RGB, photometric="rgb", compression="zlib", predictor=True, tile=(16, 16)),
    }


def damaged(data: bytes, seed: int) -> bytes:
    """Cut, flip, overwrite, insert or remove bytes, mostly in the header."""
    rng = random.Random(seed)
    changed = bytearray(data)
    for _ in range(rng.choice([1, 1, 2, 4, 16])):
        end = len(changed) if rng.random() < 0.4 else min(len(changed), 256)
        at = rng.randrange(max(end, 1))
        action = rng.randrange(6)
        if action == 0:
            del changed[at:]
        elif action == 1:
            changed[at : at + 1] = bytes([rng.randrange(256)])
        elif action == 2:
            changed[at : at + 4] = rng.choice([bytes(4), b"\xff" * 4, b"\x7f" + b"\xff" * 3, b"\xff" * 3 + b"\x7f"])
        elif action == 3:
            changed[at:at] = rng.randbytes(rng.randrange(1, 9))
        elif action == 4:
            del changed[at : at + rng.randrange(1, 9)]
        elif changed:
            changed[at % len(changed)] ^= 1 << rng.randrange(8)
    return bytes(changed)
