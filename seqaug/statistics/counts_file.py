"""The file format of counts: a header, the arrays one after another, and a checksum."""

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
_HEADER = struct.Struct("<16s16sQQ")  # format, settings, samples, entries
_CHECKSUM = struct.Struct("<I")


def write_counts(
    path: str | os.PathLike[str], settings_fingerprint: bytes, mask_fingerprints: Array, parts: list[ClassCounts]
) -> None:
    """Write counts to a new file.

    Args:
        path: the file.
        settings_fingerprint: a hash of everything but the masks that the counts depend on, 16 bytes.
        mask_fingerprints: a hash of each sample's mask, (N,), uint64.
        parts: the counts of these samples, in order, in one or more parts.

    Raises:
        OSError: the file exists or cannot be written.
    """
    header = _HEADER.pack(_FORMAT, settings_fingerprint, len(mask_fingerprints), sum(len(part.data) for part in parts))
    checksum = 0
    with open(path, "xb") as file:
        for data in _sections(header, mask_fingerprints, parts):
            checksum = zlib.crc32(data, checksum)
            file.write(data)
        file.write(_CHECKSUM.pack(checksum))


def read_counts(
    path: str | os.PathLike[str], settings_fingerprint: bytes, num_classes: int
) -> tuple[Array, ClassCounts]:
    """Read the mask fingerprints and counts of a file, memory-mapped.

    A file that is missing, damaged, of another format or of other settings reads as a file of no samples.
    """
    try:
        data = np.asarray(np.memmap(path, np.uint8, "r"))
    except (OSError, ValueError):  # missing, or empty
        data = np.empty(0, np.uint8)
    if not _is_valid(data, settings_fingerprint):
        return np.empty(0, np.uint64), ClassCounts.from_rows([], num_classes)
    _, _, samples, entries = _HEADER.unpack(data[: _HEADER.size].data)
    start, arrays = _HEADER.size, []
    for dtype, length in (("<u8", samples), ("<u4", samples), ("<u4", samples), ("<u4", entries), ("<u2", entries)):
        stop = start + length * np.dtype(dtype).itemsize
        arrays.append(data[start:stop].view(dtype))
        start = stop
    mask_fingerprints, lengths, ignored, pixels, classes = arrays
    indptr = np.zeros(samples + 1, np.int64)
    np.cumsum(lengths, out=indptr[1:])
    return mask_fingerprints, ClassCounts(indptr, classes, pixels, num_classes, ignored)


def _sections(header: bytes, mask_fingerprints: Array, parts: list[ClassCounts]) -> Iterator[bytes | memoryview]:
    """Give the sections of a file, wide dtypes first, so that every array is aligned."""
    yield header
    yield mask_fingerprints.astype("<u8", copy=False).data
    yield from (np.diff(part.indptr).astype("<u4").data for part in parts)
    yield from (part.ignored.astype("<u4", copy=False).data for part in parts)
    yield from (part.data.astype("<u4", copy=False).data for part in parts)
    yield from (part.indices.astype("<u2", copy=False).data for part in parts)


def _is_valid(data: Array, settings_fingerprint: bytes) -> bool:
    end = len(data) - _CHECKSUM.size
    if end < _HEADER.size:
        return False
    file_format, file_fingerprint, samples, entries = _HEADER.unpack(data[: _HEADER.size].data)
    return bool(
        (file_format, file_fingerprint) == (_FORMAT, settings_fingerprint)
        and end == _HEADER.size + samples * 16 + entries * 6
        and data[end:].tobytes() == _CHECKSUM.pack(zlib.crc32(data[:end].data))
    )
