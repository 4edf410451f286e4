"""The file in which counts are kept: a header, arrays one behind the other, and a checksum."""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Iterator
from typing import Any

import numpy as np

from seqaug.statistics.counts import ClassCounts

Array = np.ndarray[Any, Any]

_FORMAT = b"seqaug counts 1\n"
_HEADER = struct.Struct("<16s16sQQ")  # format, way, samples, entries
_CHECKSUM = struct.Struct("<I")


def write_counts(
    path: str | os.PathLike[str], fingerprint: bytes, fingerprints: Array, parts: list[ClassCounts]
) -> None:
    """Write counts to a new file.

    Args:
        path: the file.
        fingerprint: 16 bytes that stand for all that the counts depend on beside the masks.
        fingerprints: of all samples, (N,), uint64.
        parts: their counts, some samples behind others.

    Raises:
        OSError: it cannot be written.
    """
    header = _HEADER.pack(_FORMAT, fingerprint, len(fingerprints), sum(len(part.pixels) for part in parts))
    checksum = 0
    with open(path, "xb") as file:
        for data in _sections(header, fingerprints, parts):
            checksum = zlib.crc32(data, checksum)
            file.write(data)
        file.write(_CHECKSUM.pack(checksum))


def read_counts(path: str | os.PathLike[str], fingerprint: bytes, num_classes: int) -> tuple[Array, ClassCounts]:
    """Give the fingerprints and the counts in a file; they stay in it until they are looked at.

    Where there is no file that is whole, of this format and of this way, they are those of no sample.
    """
    try:
        data = np.asarray(np.memmap(path, np.uint8, "r"))
    except (OSError, ValueError):  # There is none, or it is empty.
        data = np.empty(0, np.uint8)
    if not _is_whole(data, fingerprint):
        return np.empty(0, np.uint64), ClassCounts.from_rows([], num_classes)
    _, _, samples, entries = _HEADER.unpack(data[: _HEADER.size].data)
    start, arrays = _HEADER.size, []
    for dtype, length in (("<u8", samples), ("<u4", samples), ("<u4", samples), ("<u4", entries), ("<u2", entries)):
        stop = start + length * np.dtype(dtype).itemsize
        arrays.append(data[start:stop].view(dtype))
        start = stop
    fingerprints, lengths, ignored, pixels, classes = arrays
    starts = np.zeros(samples + 1, np.int64)
    np.cumsum(lengths, out=starts[1:])
    return fingerprints, ClassCounts(starts, classes, pixels, num_classes, ignored)


def _sections(header: bytes, fingerprints: Array, parts: list[ClassCounts]) -> Iterator[bytes | memoryview]:
    """Give the file piece by piece: wide numbers before narrow ones, so that each lies where its size divides."""
    yield header
    yield fingerprints.astype("<u8", copy=False).data
    yield from (np.diff(part.starts).astype("<u4").data for part in parts)
    yield from (part.ignored.astype("<u4", copy=False).data for part in parts)
    yield from (part.pixels.astype("<u4", copy=False).data for part in parts)
    yield from (part.classes.astype("<u2", copy=False).data for part in parts)


def _is_whole(data: Array, fingerprint: bytes) -> bool:
    end = len(data) - _CHECKSUM.size
    if end < _HEADER.size:
        return False
    written_format, written_way, samples, entries = _HEADER.unpack(data[: _HEADER.size].data)
    return bool(
        (written_format, written_way) == (_FORMAT, fingerprint)
        and end == _HEADER.size + samples * 16 + entries * 6
        and data[end:].tobytes() == _CHECKSUM.pack(zlib.crc32(data[:end].data))
    )
