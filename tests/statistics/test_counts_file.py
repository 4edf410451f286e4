"""The file format of counts; damaged files are tested with the store."""

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest

from seqaug.statistics.counts import ClassCounts
from seqaug.statistics.counts_file import read_counts, write_counts

SETTINGS = bytes(range(16))
FINGERPRINTS = np.array([7, 2**64 - 1, 8], np.uint64)
PARTS = [
    ClassCounts.from_rows([[5, 0, 6], [0, 0, 0]], 3, np.array([1, 2])),
    ClassCounts.from_rows([[0, 2**32 - 1, 0]], 3),
]


def test_the_format_is_frozen(tmp_path: Path) -> None:
    """A change of the format needs another name in the header, so that older files are ignored and not misread."""
    write_counts(tmp_path / "counts", SETTINGS, FINGERPRINTS, PARTS)
    expected = struct.pack(
        "<16s16sQQ3Q3I3I3I3H",
        *(b"seqaug counts 1\n", SETTINGS, 3, 3),
        *(7, 2**64 - 1, 8),
        *(2, 0, 1),
        *(1, 2, 0),
        *(5, 6, 2**32 - 1),
        *(0, 2, 1),
    )
    assert (tmp_path / "counts").read_bytes() == expected + struct.pack("<I", zlib.crc32(expected))


def test_counts_are_read_as_written(tmp_path: Path) -> None:
    write_counts(tmp_path / "counts", SETTINGS, FINGERPRINTS, PARTS)
    fingerprints, counts = read_counts(tmp_path / "counts", SETTINGS, 3)
    assert np.array_equal(fingerprints, FINGERPRINTS)
    assert counts.to_rows().tolist() == [[5, 0, 6], [0, 0, 0], [0, 2**32 - 1, 0]]
    assert counts.ignored.tolist() == [1, 2, 0]


def test_no_samples(tmp_path: Path) -> None:
    write_counts(tmp_path / "counts", SETTINGS, FINGERPRINTS[:0], [])
    fingerprints, counts = read_counts(tmp_path / "counts", SETTINGS, 3)
    assert len(fingerprints) == len(counts) == 0


def test_an_existing_file_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "counts").write_bytes(b"here")
    with pytest.raises(FileExistsError):
        write_counts(tmp_path / "counts", SETTINGS, FINGERPRINTS, PARTS)
    assert len(read_counts(tmp_path / "counts", SETTINGS, 3)[1]) == 0
