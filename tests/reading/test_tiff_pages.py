"""TIFF files of several pages."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
import tifffile

from seqaug import ReadError
from seqaug.reading.images import read_image
from seqaug.reading.masks import read_class_ids, read_mask_colors
from seqaug.reading.tiff_directory import page_offsets

RNG = np.random.default_rng(0)
STACK = RNG.integers(0, 256, (5, 20, 30), dtype=np.uint8)


def write(path: Path, *pages: np.ndarray, subfile_types: tuple[int, ...] = (), big: bool = False) -> Path:
    with tifffile.TiffWriter(path, bigtiff=big) as file:
        for number, page in enumerate(pages):
            subfile_type = subfile_types[number] if subfile_types else 0
            file.write(
                page, photometric="rgb" if page.ndim == 3 else "minisblack", subfiletype=subfile_type, metadata=None
            )
    return path


@pytest.mark.parametrize("mode", ["rgb", "grayscale", "rgba"])
def test_several_pages_are_refused_with_a_hint(tmp_path: Path, mode: str) -> None:
    path = write(tmp_path / "a.tif", *STACK)
    with pytest.raises(
        ReadError, match=r'a\.tif: a TIFF of 5 pages; expected an image of one page.*color_mode="unchanged"'
    ):
        read_image(path, mode)


@pytest.mark.parametrize("big", [False, True])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_pages_of_equal_size_are_channels_if_unchanged(tmp_path: Path, dtype: type, big: bool) -> None:
    path = write(tmp_path / "a.tif", *STACK.astype(dtype), big=big)
    read = read_image(path, "unchanged")
    assert read.dtype == dtype
    np.testing.assert_array_equal(read, np.moveaxis(STACK, 0, -1))
    colors = RNG.integers(0, 256, (2, 20, 30, 3), dtype=np.uint8)
    read = read_image(write(tmp_path / "b.tif", *colors, big=big), "unchanged")
    np.testing.assert_array_equal(read, np.dstack(list(colors)))


def test_a_stack_written_by_tifffile(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "a.tif", STACK, photometric="minisblack")
    np.testing.assert_array_equal(read_image(tmp_path / "a.tif", "unchanged"), np.moveaxis(STACK, 0, -1))


def test_pages_that_differ(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tif", STACK[0], STACK[1, :10])
    with pytest.raises(ReadError, match=r"of 2 pages that differ \(20x30 uint8, 10x30 uint8\).*a file of its own"):
        read_image(path, "unchanged")
    path = write(tmp_path / "b.tif", STACK[0], STACK[1].astype(np.uint16))
    with pytest.raises(ReadError, match=r"of 2 pages that differ \(20x30 uint8, 20x30 uint16\)"):
        read_image(path, "unchanged")


def test_reduced_versions_and_transparency_masks_are_not_pages(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tif", STACK[0], STACK[0, ::2, ::2], STACK[1] > 127, subfile_types=(0, 1, 4))
    for mode in ("unchanged", "grayscale"):
        np.testing.assert_array_equal(read_image(path, mode)[..., 0], STACK[0])
    np.testing.assert_array_equal(read_class_ids(path), STACK[0])


def test_masks_have_one_page(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tif", *STACK)
    for read in (read_class_ids, read_mask_colors):
        with pytest.raises(ReadError, match=r"a TIFF of 5 pages; expected a mask of one page"):
            read(path)


def test_all_bands_of_a_mask_are_compared(tmp_path: Path) -> None:
    bands = np.zeros((20, 30, 6), np.uint8)
    bands[3, 4, 5] = 1
    tifffile.imwrite(tmp_path / "a.tif", bands, photometric="minisblack", planarconfig="contig")
    with pytest.raises(ReadError, match=r"a mask of 6 channels that differ \(first at row 3, column 4\)"):
        read_class_ids(tmp_path / "a.tif")


def test_messages_name_16_bits(tmp_path: Path) -> None:
    tifffile.imwrite(
        tmp_path / "a.tif", np.zeros((20, 30, 8), np.uint16), photometric="minisblack", planarconfig="contig"
    )
    with pytest.raises(ReadError, match=r"8 channel\(s\) of uint16 cannot be converted to 8-bit rgb"):
        read_image(tmp_path / "a.tif")


def test_pages_that_link_to_themselves(tmp_path: Path) -> None:
    data = write(tmp_path / "a.tif", STACK[0]).read_bytes()
    (start,) = struct.unpack_from("<I", data, 4)
    (entries,) = struct.unpack_from("<H", data, start)
    end = start + 2 + 12 * entries
    looped = data[:end] + struct.pack("<I", start) + data[end + 4 :]
    assert page_offsets(looped) == page_offsets(data) == [start]
