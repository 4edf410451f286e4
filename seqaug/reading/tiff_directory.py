"""The directories of a TIFF file: how many pages there are, and the whole numbers that describe each."""

from __future__ import annotations

import struct
from typing import NamedTuple

# Of the types of whole numbers (TIFF 6.0, 1992, section 2, and BigTIFF): what struct calls them.
_TYPES = {1: "B", 3: "H", 4: "I", 16: "Q"}
_SHORT = 3
_SUBFILE_TYPE = 254
_REDUCED_OR_MASK = 0b101  # smaller versions of another page, and transparency masks
_MOST_PAGES = 65_536


class _Field(NamedTuple):
    kind: int
    number: int
    place: int  # of the value, or of the offset where it stands if it does not fit


def is_tiff(data: bytes) -> bool:
    """Tell whether the bytes begin as a TIFF or BigTIFF does."""
    return data[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")


class TiffPage:
    """The whole numbers in the directory of a page; whatever is damaged counts as missing.

    Args:
        data: the file.
        at: where the directory begins; None: the first page's.

    Attributes:
        next: where the directory of the next page begins, or 0.
    """

    def __init__(self, data: bytes, at: int | None = None) -> None:
        self._data = data
        self._order = "<" if data[:2] == b"II" else ">"
        self._is_big = data[2:4] in (b"+\0", b"\0+")
        self._fields: dict[int, _Field] = {}
        self.next = 0
        at = self._whole("Q" if self._is_big else "I", 8 if self._is_big else 4) if at is None else at
        entries = self._whole("Q" if self._is_big else "H", at)
        at += 8 if self._is_big else 2
        head, size = (12, 20) if self._is_big else (8, 12)
        layout = struct.Struct(self._order + ("HHQ" if self._is_big else "HHI"))
        end = at + entries * size
        for start in range(at, min(end, len(data) - size + 1), size):
            tag, kind, count = layout.unpack_from(data, start)
            # Of a tag that comes twice, decoders take the first.
            self._fields.setdefault(tag, _Field(kind, count, start + head))
        self.next = self._whole("Q" if self._is_big else "I", end)

    def value(self, tag: int, default: int) -> int:
        """Give a tag's number, the first of several, or the default where the tag is missing or damaged."""
        field = self._fields.get(tag)
        if field is None or field.kind not in _TYPES or not field.number:
            return default
        code = _TYPES[field.kind]
        place, room = field.place, 8 if self._is_big else 4
        if struct.calcsize(code) * field.number > room:
            place = self._whole("Q" if self._is_big else "I", place)
        return self._whole(code, place, default)

    def with_short(self, tag: int, number: int) -> bytes:
        """Give the file with another number in a tag, where it has that tag with one 16-bit number."""
        field = self._fields.get(tag)
        if field is None or field.kind != _SHORT or field.number != 1:
            return self._data
        return self._data[: field.place] + struct.pack(f"{self._order}H", number) + self._data[field.place + 2 :]

    def _whole(self, code: str, at: int, default: int = 0) -> int:
        size = struct.calcsize(code)
        if at + size > len(self._data):
            return default
        (number,) = struct.unpack_from(self._order + code, self._data, at)
        return int(number)


def page_offsets(data: bytes) -> list[int]:
    """Find the directories of the pages of a TIFF, without smaller versions of them and transparency masks.

    Returns:
        Where each begins; at least one, which may be damaged.
    """
    big = data[2:4] in (b"+\0", b"\0+")
    order = "little" if data[:2] == b"II" else "big"
    at = int.from_bytes(data[8:16] if big else data[4:8], order)  # type: ignore[arg-type]
    offsets = [at]
    seen = {0, at}
    page = TiffPage(data, at)
    while page.next not in seen and page.next < len(data) and len(seen) < _MOST_PAGES:
        at = page.next
        seen.add(at)
        page = TiffPage(data, at)
        if not page.value(_SUBFILE_TYPE, 0) & _REDUCED_OR_MASK:
            offsets.append(at)
    return offsets


def make_first_page(data: bytearray, at: int) -> None:
    """Make the page whose directory begins there the first one of a file, in place."""
    order = "<" if data[:2] == b"II" else ">"
    if bytes(data[2:4]) in (b"+\0", b"\0+"):
        struct.pack_into(f"{order}Q", data, 8, at)
    else:
        struct.pack_into(f"{order}I", data, 4, at)
