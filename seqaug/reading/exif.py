"""The EXIF orientation tag, by which viewers rotate an image whose stored pixels are not upright."""

from __future__ import annotations

from seqaug.reading.file_bytes import PNG_SIGNATURE, is_jpeg
from seqaug.reading.png import chunks
from seqaug.reading.tiff_directory import TiffPage, is_tiff

_ORIENTATION = 274
_UPRIGHT = 1
_EXIF = b"Exif\0\0"
_APP1, _START_OF_SCAN = 0xE1, 0xDA


def exif_orientation(data: bytes) -> int:
    """Return the orientation tag of a JPEG, PNG, TIFF or WebP file.

    Returns:
        1 if pixels are stored upright or there is no tag; 2 to 8 if viewers mirror or rotate them, where 5 to 8 swap
        height and width (EXIF 2.32, 2019, section 4.6.4).
    """
    exif = _exif(data)
    orientation = TiffPage(exif).value(_ORIENTATION, _UPRIGHT) if is_tiff(exif) else _UPRIGHT
    return orientation if 1 <= orientation <= 8 else _UPRIGHT


def _exif(data: bytes) -> bytes:
    """Return the EXIF block, which is itself a TIFF file."""
    found = b""
    if is_tiff(data):
        found = data
    elif is_jpeg(data):
        found = _jpeg_exif(data)
    elif data.startswith(PNG_SIGNATURE):
        found = next((content for kind, content, _ in chunks(data) if kind == b"eXIf"), b"")
    elif data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        found = _webp_exif(data)
    return found.removeprefix(_EXIF)


def _jpeg_exif(data: bytes) -> bytes:
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF and data[at + 1] != _START_OF_SCAN:
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        content = data[at + 4 : at + 2 + length]
        if data[at + 1] == _APP1 and content.startswith(_EXIF):
            return content
        at += 2 + length
    return b""


def _webp_exif(data: bytes) -> bytes:
    at = 12
    while at + 8 <= len(data):
        length = int.from_bytes(data[at + 4 : at + 8], "little")
        if data[at : at + 4] == b"EXIF":
            return data[at + 8 : at + 8 + length]
        at += 8 + length + length % 2
    return b""
