"""One decoded sample as bytes: a head, what it is (JSON), and its arrays."""

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

# Changes whenever entries are written in another way; entries of other versions are made again.
FORMAT_VERSION = 1

_MAGIC = b"seqaug%02d" % FORMAT_VERSION
# Magic, length of the whole entry, length of the JSON, CRC-32 of the JSON and the arrays.
_HEAD = struct.Struct("<8sQII")


class DamagedEntryError(ValueError):
    """Bytes that are no whole entry."""


class EncodedEntry(NamedTuple):
    """An entry that is to be written.

    Attributes:
        size: in bytes.
        crc: CRC-32 of all but the head.
        parts: what stands where, as (offset, bytes); between them, nothing matters.
    """

    size: int
    crc: int
    parts: list[tuple[int, memoryview]]

    def write(self, descriptor: int, start: int) -> None:
        """Write it into a file, from `start` on.

        Raises:
            OSError: it cannot be written, whole.
        """
        for offset, part in self.parts:
            at = start + offset
            while len(part):
                count = os.pwrite(descriptor, part, at)
                part, at = part[count:], at + count


class Entry(NamedTuple):
    """An entry that was read.

    Attributes:
        key: of the sample.
        crc: what its head says.
        arrays: views of the memory that it was read from.
    """

    key: CacheKey
    crc: int
    arrays: dict[str, Array]


def encode_entry(key: CacheKey, sample: Mapping[str, Array], *, checked: bool = True) -> EncodedEntry:
    """Lay out a sample for writing; where nobody will check it, without its checksum, which takes a while."""
    what = {
        "name": key.name,
        "state": key.state,
        "arrays": [[name, pixels.dtype.str, pixels.shape] for name, pixels in sample.items()],
    }
    text = json.dumps(what).encode()
    crc = zlib.crc32(text)
    parts = [(_HEAD.size, memoryview(text))]
    end = _HEAD.size + len(text)
    for pixels in sample.values():
        start, end = _place(end, pixels.nbytes)
        content = _bytes_of(np.ascontiguousarray(pixels))
        crc = zlib.crc32(content, crc) if checked else 0
        parts.append((start, content))
    head = _HEAD.pack(_MAGIC, end, len(text), crc)
    return EncodedEntry(end, crc, [*parts, (0, memoryview(head))])


def decode_entry(memory: Array) -> Entry:
    """Read an entry, without looking at its pixels.

    Args:
        memory: bytes that begin with the entry, (n,), uint8.

    Raises:
        DamagedEntryError: they do not, or are not all of it.
    """
    if len(memory) < _HEAD.size:
        raise DamagedEntryError("shorter than a head")
    magic, size, text_size, crc = _HEAD.unpack(memory[: _HEAD.size].data)
    if magic != _MAGIC or not _HEAD.size + text_size <= size <= len(memory):
        raise DamagedEntryError("a head of something else, or of more than there is")
    try:
        what = json.loads(memory[_HEAD.size : _HEAD.size + text_size].tobytes())
        arrays, end = {}, _HEAD.size + text_size
        for name, dtype, shape in what["arrays"]:
            start, end = _place(end, math.prod(shape) * np.dtype(dtype).itemsize)
            arrays[name] = memory[start:end].view(dtype).reshape(shape)
        return Entry(CacheKey(what["name"], what["state"]), crc, arrays)
    except (ValueError, TypeError, KeyError) as error:
        raise DamagedEntryError(str(error)) from error


def entry_is_whole(memory: Array) -> bool:
    """Tell whether memory is one entry, every byte of which is as it was written."""
    try:
        entry = decode_entry(memory)
    except DamagedEntryError:
        return False
    _, size, text_size, crc = _HEAD.unpack(memory[: _HEAD.size].data)
    found = zlib.crc32(memory[_HEAD.size : _HEAD.size + text_size].data)
    for pixels in entry.arrays.values():
        found = zlib.crc32(_bytes_of(pixels), found)
    return bool(found == crc and size == len(memory))


def _bytes_of(pixels: Array) -> memoryview:
    return pixels.reshape(-1).view(np.uint8).data


def _place(end: int, size: int) -> tuple[int, int]:
    """Say where bytes behind others begin and end: aligned, if there are any."""
    start = aligned(end) if size else end
    return start, start + size
