"""One decoded sample as bytes: a header, a description (JSON), and its arrays."""

from __future__ import annotations

import json
import math
import os
import struct
import zlib
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from seqaug.core.alignment import aligned
from seqaug.sources.base import CacheKey

Array = np.ndarray[Any, Any]

# Changes with the format; entries of other versions are written again.
FORMAT_VERSION = 1

_MAGIC = b"seqaug%02d" % FORMAT_VERSION
# Magic, length of the whole entry, length of the JSON, CRC-32 of the JSON and the arrays.
_HEADER = struct.Struct("<8sQII")


class DamagedEntryError(ValueError):
    """The bytes are not a complete entry."""


class EncodedEntry(NamedTuple):
    """An entry to write.

    Attributes:
        size: size in bytes.
        crc: CRC-32 of everything but the header.
        parts: (offset, bytes) of each part; bytes between parts are arbitrary.
    """

    size: int
    crc: int
    parts: list[tuple[int, memoryview]]

    def write(self, descriptor: int, start: int) -> None:
        """Write the entry to a file at offset `start`.

        Raises:
            OSError: the entry cannot be written completely.
        """
        for offset, part in self.parts:
            at = start + offset
            while len(part):
                count = os.pwrite(descriptor, part, at)
                part, at = part[count:], at + count


class Entry(NamedTuple):
    """An entry that was read.

    Attributes:
        key: key of the sample.
        crc: checksum in its header.
        arrays: views of the memory that it was read from.
    """

    key: CacheKey
    crc: int
    arrays: dict[str, Array]


def encode_entry(key: CacheKey, sample: Mapping[str, Array], *, with_checksum: bool = True) -> EncodedEntry:
    """Encode a sample; `with_checksum=False` saves the checksum's time if nobody verifies it."""
    description = {
        "name": key.name,
        "state": key.state,
        "arrays": [[name, pixels.dtype.str, pixels.shape] for name, pixels in sample.items()],
    }
    text = json.dumps(description).encode()
    crc = zlib.crc32(text)
    parts = [(_HEADER.size, memoryview(text))]
    end = _HEADER.size + len(text)
    for pixels in sample.values():
        start, end = _next_range(end, pixels.nbytes)
        content = _bytes_of(np.ascontiguousarray(pixels))
        crc = zlib.crc32(content, crc) if with_checksum else 0
        parts.append((start, content))
    header = _HEADER.pack(_MAGIC, end, len(text), crc)
    return EncodedEntry(end, crc, [*parts, (0, memoryview(header))])


def decode_entry(memory: Array) -> Entry:
    """Decode an entry without reading its pixels.

    Args:
        memory: bytes that start with the entry, (n,), uint8.

    Raises:
        DamagedEntryError: the bytes do not start with a complete entry.
    """
    if len(memory) < _HEADER.size:
        raise DamagedEntryError("shorter than a header")
    magic, size, text_size, crc = _HEADER.unpack(memory[: _HEADER.size].data)
    if magic != _MAGIC or not _HEADER.size + text_size <= size <= len(memory):
        raise DamagedEntryError("not a header, or one of a longer entry")
    try:
        description = json.loads(memory[_HEADER.size : _HEADER.size + text_size].tobytes())
        arrays, end = {}, _HEADER.size + text_size
        for name, dtype, shape in description["arrays"]:
            start, end = _next_range(end, math.prod(shape) * np.dtype(dtype).itemsize)
            arrays[name] = memory[start:end].view(dtype).reshape(shape)
        return Entry(CacheKey(description["name"], description["state"]), crc, arrays)
    except (ValueError, TypeError, KeyError) as error:
        raise DamagedEntryError(str(error)) from error


def entry_is_intact(memory: Array) -> bool:
    """Return whether memory is exactly one entry with a matching checksum."""
    try:
        entry = decode_entry(memory)
    except DamagedEntryError:
        return False
    _, size, text_size, crc = _HEADER.unpack(memory[: _HEADER.size].data)
    actual = zlib.crc32(memory[_HEADER.size : _HEADER.size + text_size].data)
    for pixels in entry.arrays.values():
        actual = zlib.crc32(_bytes_of(pixels), actual)
    return bool(actual == crc and size == len(memory))


def _bytes_of(pixels: Array) -> memoryview:
    return pixels.reshape(-1).view(np.uint8).data


def _next_range(end: int, size: int) -> tuple[int, int]:
    """Return start and end of the next `size` bytes, aligned unless empty."""
    start = aligned(end) if size else end
    return start, start + size
