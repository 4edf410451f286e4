"""The bytes of an image file, here or elsewhere, and the proof that none are missing."""

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
    """Read a file whole.

    Args:
        path: of a file on this machine, or a URL.

    Raises:
        ReadError: the file is missing, empty, a directory, not readable, or a PNG or JPEG that breaks off.
        ImportError: what reads a URL is not installed.
    """
    data = fetch(path) if is_url(path) else _local_bytes(path)
    if not data:
        raise ReadError(path, "the file is empty (0 bytes); copy or export it again")
    if _breaks_off(data):
        raise ReadError(path, f"the file breaks off after {len(data)} bytes; copy or export it again")
    return data


def _local_bytes(path: str | os.PathLike[str]) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError:
        raise ReadError(
            path,
            "no such file; relative paths start at the working directory "
            f"({os.getcwd()}), or at `root=` where a table of paths is read{pathlib_hint(path)}",
        ) from None
    except (OSError, ValueError) as error:  # a name may hold what no name can
        problem = error.strerror if isinstance(error, OSError) else error
        raise ReadError(path, f"cannot be opened: {problem}; expected a readable image file") from error


def is_jpeg(data: bytes) -> bool:
    """Tell whether the bytes begin as a JPEG does."""
    return data.startswith(_JPEG_SIGNATURE)


def _breaks_off(data: bytes) -> bool:
    # Decoders may fill the missing part with grey and say nothing.
    if data.startswith(PNG_SIGNATURE):
        return data.rfind(b"IEND") < 0
    if is_jpeg(data):
        return data.rfind(_JPEG_END, _jpeg_scan(data)) < 0
    return False


def _jpeg_scan(data: bytes) -> int:
    """Find where the compressed pixels begin: an embedded thumbnail before them has an end marker of its own."""
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF and data[at + 1] != _JPEG_START_OF_SCAN:
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return at
