"""The file of counts; what happens to damaged ones is tested with the store."""

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest

from seqaug.statistics.counts import ClassCounts
from seqaug.statistics.counts_file import read_counts, write_counts

WAY = bytes(range(16))
PRINTS = np.array([7, 2**64 - 1, 8], np.uint64)
PARTS = [
    ClassCounts.from_rows([[5, 0, 6], [0, 0, 0]], 3, np.array([1, 2])),
    ClassCounts.from_rows([[0, 2**32 - 1, 0]], 3),
]


def test_the_format_stays_what_it_is(tmp_path: Path) -> None:
    """Whoever changes it gives it another name, so that files of before are passed over and not misread."""
    write_counts(tmp_path / "counts", WAY, PRINTS, PARTS)
    expected = struct.pack(
        "<16s16sQQ3Q3I3I3I3H",
        *(b"seqaug counts 1\n", WAY, 3, 3),
        *(7, 2**64 - 1, 8),
        *(2, 0, 1),
        *(1, 2, 0),
        *(5, 6, 2**32 - 1),
        *(0, 2, 1),
    )
    assert (tmp_path / "counts").read_bytes() == expected + struct.pack("<I", zlib.crc32(expected))


def test_what_was_written_is_read(tmp_path: Path) -> None:
    write_counts(tmp_path / "counts", WAY, PRINTS, PARTS)
    fingerprints, counts = read_counts(tmp_path / "counts", WAY, 3)
    assert np.array_equal(fingerprints, PRINTS)
    assert counts.to_rows().tolist() == [[5, 0, 6], [0, 0, 0], [0, 2**32 - 1, 0]]
    assert counts.ignored.tolist() == [1, 2, 0]


def test_no_samples(tmp_path: Path) -> None:
    write_counts(tmp_path / "counts", WAY, PRINTS[:0], [])
    fingerprints, counts = read_counts(tmp_path / "counts", WAY, 3)
    assert len(fingerprints) == len(counts) == 0


def test_a_file_that_is_there_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "counts").write_bytes(b"here")
    with pytest.raises(FileExistsError):
        write_counts(tmp_path / "counts", WAY, PRINTS, PARTS)
    assert len(read_counts(tmp_path / "counts", WAY, 3)[1]) == 0
