"""The directories of a TIFF file: its pages, and their integer tags."""

from __future__ import annotations

import struct
from typing import NamedTuple

TIFF_SUFFIXES = (".tif", ".tiff")

# struct codes of integer types (TIFF 6.0, 1992, section 2, and BigTIFF).
_TYPES = {1: "B", 3: "H", 4: "I", 16: "Q"}
_ASCII, _SHORT = 2, 3
_SUBFILE_TYPE = 254
_REDUCED_OR_MASK = 0b101  # reduced versions of another page, and transparency masks
_MAX_PAGES = 65_536


class _Field(NamedTuple):
    type: int
    length: int
    position: int  # of the value, or of its offset if the value does not fit


def is_tiff(data: bytes) -> bool:
    """Return whether the bytes start like a TIFF or BigTIFF."""
    return data[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")


class TiffPage:
    """The tags of integers and texts in a page's directory; damaged entries count as missing.

    Args:
        data: content of the file.
        at: offset of the directory; None: that of the first page.

    Attributes:
        next: offset of the next page's directory, or 0.
    """

    def __init__(self, data: bytes, at: int | None = None) -> None:
        self._data = data
        self._byte_order = "<" if data[:2] == b"II" else ">"
        self._is_big = data[2:4] in (b"+\0", b"\0+")
        self._fields: dict[int, _Field] = {}
        self.next = 0
        at = self._read_int("Q" if self._is_big else "I", 8 if self._is_big else 4) if at is None else at
        entries = self._read_int("Q" if self._is_big else "H", at)
        at += 8 if self._is_big else 2
        head, size = (12, 20) if self._is_big else (8, 12)
        layout = struct.Struct(self._byte_order + ("HHQ" if self._is_big else "HHI"))
        end = at + entries * size
        for start in range(at, min(end, len(data) - size + 1), size):
            tag, field_type, count = layout.unpack(data[start : start + layout.size])
            # Decoders use the first of duplicate tags.
            self._fields.setdefault(tag, _Field(field_type, count, start + head))
        self.next = self._read_int("Q" if self._is_big else "I", end)

    def value(self, tag: int, default: int) -> int:
        """Return a tag's value, the first of several; the default if the tag is missing or damaged."""
        field = self._fields.get(tag)
        if field is None or field.type not in _TYPES or not field.length:
            return default
        code = _TYPES[field.type]
        position, room = field.position, 8 if self._is_big else 4
        if struct.calcsize(code) * field.length > room:
            position = self._read_int("Q" if self._is_big else "I", position)
        return self._read_int(code, position, default)

    def text(self, tag: int) -> str:
        """Return a tag's text; "" if the tag is missing or damaged."""
        field = self._fields.get(tag)
        if field is None or field.type != _ASCII:
            return ""
        at, room = field.position, 8 if self._is_big else 4
        if field.length > room:
            at = self._read_int("Q" if self._is_big else "I", at)
        return bytes(self._data[at : at + field.length]).decode("latin-1").strip("\0 ")

    def with_short(self, tag: int, number: int) -> bytes:
        """Return the file with a tag's value replaced; unchanged unless the tag holds a single 16-bit integer."""
        field = self._fields.get(tag)
        if field is None or field.type != _SHORT or field.length != 1:
            return self._data
        return (
            self._data[: field.position]
            + struct.pack(f"{self._byte_order}H", number)
            + self._data[field.position + 2 :]
        )

    def _read_int(self, code: str, at: int, default: int = 0) -> int:
        size = struct.calcsize(code)
        if at + size > len(self._data):
            return default
        (number,) = struct.unpack(self._byte_order + code, self._data[at : at + size])
        return int(number)


def page_offsets(data: bytes) -> list[int]:
    """Find the directories of a TIFF's pages, without reduced versions and transparency masks.

    Returns:
        The offset of each; at least one, which may be damaged.
    """
    big = data[2:4] in (b"+\0", b"\0+")
    byte_order = "little" if data[:2] == b"II" else "big"
    at = int.from_bytes(data[8:16] if big else data[4:8], byte_order)  # type: ignore[arg-type]
    offsets = [at]
    seen = {0, at}
    page = TiffPage(data, at)
    while page.next not in seen and page.next < len(data) and len(seen) < _MAX_PAGES:
        at = page.next
        seen.add(at)
        page = TiffPage(data, at)
        if not page.value(_SUBFILE_TYPE, 0) & _REDUCED_OR_MASK:
            offsets.append(at)
    return offsets


def make_first_page(data: bytearray, at: int) -> None:
    """Make the page with the directory at an offset the first of the file, in place."""
    byte_order = "<" if data[:2] == b"II" else ">"
    if bytes(data[2:4]) in (b"+\0", b"\0+"):
        struct.pack_into(f"{byte_order}Q", data, 8, at)
    else:
        struct.pack_into(f"{byte_order}I", data, 4, at)
