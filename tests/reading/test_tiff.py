"""TIFF files that OpenCV alone misreads or refuses."""

import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
import tifffile

from seqaug import ReadError
from seqaug.reading.images import read_image
from seqaug.reading.masks import read_class_ids


def write_six_bands(path: Path) -> None:
    tifffile.imwrite(path, np.ones((20, 30, 6), np.uint8), photometric="minisblack", planarconfig="contig")


@pytest.mark.parametrize("planar", ["contig", "separate"])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
@pytest.mark.parametrize("bands", [1, 2, 3, 4, 6])
@pytest.mark.parametrize("big", [False, True])
def test_all_bands_are_read_as_stored(tmp_path: Path, bands: int, dtype: type, planar: str, big: bool) -> None:
    pixels = np.arange(20 * 30 * bands).reshape(20, 30, bands).astype(dtype)
    stored = pixels if planar == "contig" else np.moveaxis(pixels, -1, 0)
    if bands == 1:
        stored = pixels[..., 0]
    tifffile.imwrite(
        tmp_path / "a.tif", stored, photometric="minisblack", planarconfig=planar if bands > 1 else None, bigtiff=big
    )
    read = read_image(tmp_path / "a.tif", "unchanged")
    assert read.dtype == dtype
    assert np.array_equal(read, pixels)


@pytest.mark.parametrize("planar", ["contig", "separate"])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_colors_are_not_multiplied_by_alpha(tmp_path: Path, dtype: type, planar: str) -> None:
    pixels = np.random.default_rng(0).integers(0, np.iinfo(dtype).max, (20, 30, 4)).astype(dtype)
    stored = pixels if planar == "contig" else np.moveaxis(pixels, -1, 0)
    tifffile.imwrite(tmp_path / "a.tif", stored, photometric="rgb", planarconfig=planar, extrasamples=["unassalpha"])
    assert np.array_equal(read_image(tmp_path / "a.tif", "unchanged"), pixels)
    eight = pixels if dtype == np.uint8 else (pixels >> 8).astype(np.uint8)
    assert np.array_equal(read_image(tmp_path / "a.tif", "rgb"), eight[..., :3])


def test_class_ids(tmp_path: Path) -> None:
    ids = np.arange(600, dtype=np.uint16).reshape(20, 30)
    tifffile.imwrite(tmp_path / "a.tif", ids)
    assert np.array_equal(read_class_ids(tmp_path / "a.tif"), ids)


def test_without_tifffile_the_message_says_how_to_install_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tifffile.imwrite(
        tmp_path / "a.tif", np.zeros((20, 30, 6), np.uint8), photometric="minisblack", planarconfig="contig"
    )
    monkeypatch.setitem(sys.modules, "tifffile", None)
    with pytest.raises(ReadError, match=r'a\.tif: .*pip install "seqaug\[tiff\]"'):
        read_image(tmp_path / "a.tif", "unchanged")


def test_more_bands_than_a_mode_allows(tmp_path: Path) -> None:
    tifffile.imwrite(
        tmp_path / "a.tif", np.zeros((20, 30, 6), np.uint8), photometric="minisblack", planarconfig="contig"
    )
    with pytest.raises(
        ReadError, match=r'6 channel\(s\) of uint8 cannot be converted to 8-bit rgb.*color_mode="unchanged"'
    ):
        read_image(tmp_path / "a.tif", "rgb")


def test_a_tiff_without_its_end(tmp_path: Path) -> None:
    path = tmp_path / "image.tif"
    cv2.imwrite(str(path), np.random.default_rng(0).integers(0, 256, (60, 60, 3), np.uint8))  # the directory comes last
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(ReadError, match=r"truncated or damaged: its directory should be at byte \d+, and it has 5000"):
        read_image(path, "rgb")


def test_a_truncated_tiff(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    write_six_bands(path)
    path.write_bytes(path.read_bytes()[:500])
    with pytest.raises(ReadError, match=r"a\.tif: .*(tifffile cannot decode it|not an image)"):
        read_image(path, "unchanged")
