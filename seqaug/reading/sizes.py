"""Heights and widths of image files, from their headers."""

from __future__ import annotations

import mmap
import os
import struct
from typing import Any

from seqaug.reading.dimensions import declared_size
from seqaug.reading.file_bytes import PNG_SIGNATURE, is_jpeg
from seqaug.reading.numpy_files import npy_size
from seqaug.reading.tiff_directory import is_tiff
from seqaug.reading.windows import url_size
from seqaug.remote.urls import is_url

Size = tuple[int, int]

_HEAD = 16


def stored_size(path: str | os.PathLike[str]) -> Size | None:
    """Return the (height, width) of a file by its header alone; None where only decoding tells it, or whether.

    Args:
        path: a PNG, JPEG, TIFF, BMP, WebP or .npy file gives its size, and of URLs those of a TIFF, with rasterio.
    """
    if is_url(path):
        return url_size(os.fspath(path))
    try:
        with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            head = data[:_HEAD]
            if head[:6] == b"\x93NUMPY":
                return npy_size(path)
            if not _is_known(head):
                return None
            content: Any = data  # a map has what is used here of bytes
            size = declared_size(content)
    except (OSError, ValueError, struct.error):  # missing, empty or damaged: reading it raises, and says how
        return None
    return size if all(size) else None


def _is_known(head: bytes) -> bool:
    # Other formats declare several sizes, or turn their pixels.
    is_webp = head[:4] == b"RIFF" and head[8:12] == b"WEBP"
    return head[:8] == PNG_SIGNATURE or is_jpeg(head) or is_tiff(head) or head[:2] == b"BM" or is_webp
