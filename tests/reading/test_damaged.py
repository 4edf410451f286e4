"""Damaged files of every format give an image or a ReadError, nothing else."""

from __future__ import annotations

import struct
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from damage import damaged, intact_files
from exif import exif_block

from seqaug import ReadError
from seqaug.reading.depth import low_bit_depth_warning
from seqaug.reading.exif import exif_orientation
from seqaug.reading.images import read_image
from seqaug.reading.masks import decode_mask, read_class_ids, read_mask_colors
from seqaug.reading.png import color_table

FILES = intact_files()
READERS: list[Callable[[Path], Any]] = [
    read_image,
    lambda path: read_image(path, "grayscale"),
    lambda path: read_image(path, "rgba"),
    lambda path: read_image(path, "unchanged"),
    read_class_ids,
    read_mask_colors,
    color_table,
    lambda path: decode_mask(path, path.read_bytes()),
]


@pytest.mark.parametrize("name", FILES)
def test_damage_raises_nothing_but_read_errors(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    for seed in range(20):
        data = damaged(FILES[name], seed)
        path.write_bytes(data)
        for read in READERS:
            with suppress(ReadError):
                read(path)
        assert 1 <= exif_orientation(data) <= 8
        low_bit_depth_warning([path], "rgb")


@pytest.mark.parametrize("name", [name for name in FILES if name != "exif_alone.tif"])
def test_intact_files_are_read(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(FILES[name])
    assert read_image(tmp_path / name, "unchanged").shape[:2] == (24, 32)


@pytest.mark.parametrize("kept", range(8, 26))
def test_a_truncated_exif_block(kept: int) -> None:
    block = b"Exif\0\0" + exif_block(6)[:kept]
    data = b"\xff\xd8\xff\xe1" + struct.pack(">H", len(block) + 2) + block + FILES["plain.jpg"][2:]
    assert exif_orientation(data) == (6 if kept >= 22 else 1)


def test_an_incomplete_color_table(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(FILES["indexed.png"].replace(struct.pack(">I", 768) + b"PLTE", struct.pack(">I", 767) + b"PLTE"))
    with pytest.raises(ReadError, match=r"a\.png: an indexed PNG without a complete colour table"):
        color_table(path)
