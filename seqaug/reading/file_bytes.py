"""The bytes of local and remote image files, checked for truncation."""

from __future__ import annotations

import os

from seqaug.errors import ReadError
from seqaug.remote.fetch import fetch
from seqaug.remote.urls import is_url, pathlib_hint

IMAGE_SUFFIXES = (".bmp", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp")

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_JPEG_SIGNATURE = b"\xff\xd8\xff"
_JPEG_END = b"\xff\xd9"
_JPEG_START_OF_SCAN = 0xDA


def read_bytes(path: str | os.PathLike[str]) -> bytes:
    """Read a complete file.

    Args:
        path: a local path, or a URL.

    Raises:
        ReadError: the file is missing, empty, a directory, unreadable, or a truncated PNG or JPEG.
        ImportError: a package that reads the URL is not installed.
    """
    data = fetch(path) if is_url(path) else _local_bytes(path)
    if not data:
        raise ReadError(path, "the file is empty (0 bytes); copy or export it again")
    if _is_truncated(data):
        raise ReadError(path, f"the file is truncated after {len(data)} bytes; copy or export it again")
    return data


def _local_bytes(path: str | os.PathLike[str]) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError:
        raise ReadError(
            path,
            "no such file; relative paths start at the working directory "
            f"({os.getcwd()}), or at `root=` for paths from a table{pathlib_hint(path)}",
        ) from None
    except (OSError, ValueError) as error:  # ValueError: a null byte in the name
        problem = error.strerror if isinstance(error, OSError) else error
        raise ReadError(path, f"cannot be opened: {problem}; expected a readable image file") from error


def is_jpeg(data: bytes) -> bool:
    """Return whether the bytes start like a JPEG."""
    return data.startswith(_JPEG_SIGNATURE)


def _is_truncated(data: bytes) -> bool:
    # Decoders may silently fill the missing part with grey.
    if data.startswith(PNG_SIGNATURE):
        return data.rfind(b"IEND") < 0
    if is_jpeg(data):
        return data.rfind(_JPEG_END, _jpeg_scan_offset(data)) < 0
    return False


def _jpeg_scan_offset(data: bytes) -> int:
    """Return the offset of the compressed pixels: an embedded thumbnail before them has its own end marker."""
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF and data[at + 1] != _JPEG_START_OF_SCAN:
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return at
