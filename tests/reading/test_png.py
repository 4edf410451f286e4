"""Indexed PNG files."""

import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest

from seqaug import ReadError
from seqaug.reading.masks import read_class_ids, read_mask_colors
from seqaug.reading.png import color_table


def write_indexed(path: Path, indices: np.ndarray, table: np.ndarray, depth: int, transparency: bytes = b"") -> Path:
    """Write an indexed PNG by hand (PNG specification, 2003): OpenCV cannot."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    height, width = indices.shape
    bits = np.unpackbits(indices[..., np.newaxis].astype(np.uint8), axis=-1)[..., 8 - depth :].reshape(height, -1)
    lines = b"".join(b"\0" + np.packbits(line).tobytes() for line in bits)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, 3, 0, 0, 0))
        + chunk(b"gAMA", struct.pack(">I", 45455))
        + chunk(b"PLTE", table.astype(np.uint8).tobytes())
        + (chunk(b"tRNS", transparency) if transparency else b"")
        + chunk(b"IDAT", zlib.compress(lines))
        + chunk(b"IEND", b"")
    )
    return path


@pytest.mark.parametrize("transparency", [b"", b"\0\x80"])
@pytest.mark.parametrize("depth", [1, 2, 4, 8])
def test_indices_are_ids_and_the_table_gives_colors(tmp_path: Path, depth: int, transparency: bytes) -> None:
    rng = np.random.default_rng(depth)
    indices = rng.integers(0, 2**depth, (11, 13))
    table = rng.integers(0, 256, (2**depth, 3))
    path = write_indexed(tmp_path / "a.png", indices, table, depth, transparency)
    assert np.array_equal(read_class_ids(path), indices)
    assert np.array_equal(read_mask_colors(path), table[indices])
    assert np.array_equal(color_table(path), table)


def test_a_damaged_indexed_png(tmp_path: Path) -> None:
    path = write_indexed(tmp_path / "a.png", np.arange(100).reshape(10, 10), np.zeros((256, 3)), 8)
    data = path.read_bytes()
    path.write_bytes(data.replace(b"IDAT", b"xDAT"))
    with pytest.raises(ReadError, match=r"a\.png: not an image"):
        read_class_ids(path)


def test_files_without_a_table(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "a.png"), np.zeros((5, 5), np.uint8))
    assert color_table(tmp_path / "a.png") is None
    cv2.imwrite(str(tmp_path / "a.jpg"), np.zeros((5, 5), np.uint8))
    with pytest.raises(ReadError, match=r"a\.jpg: not a PNG file"):
        color_table(tmp_path / "a.jpg")
