"""Files of class ids, written a few rows at a time."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import rasterio
from rasterio.control import GroundControlPoint
from rasterio.crs import CRS
from rasterio.transform import from_origin

from seqaug.inference.mask_files import mask_file, open_mask
from seqaug.reading.masks import read_class_ids, read_mask_colors
from seqaug.reading.raster import Georeference

RNG = np.random.default_rng(0)
COLORS = np.array([[1, 2, 3], [200, 0, 7], [9, 9, 9]], np.uint8)


def write(file: Path, ids: np.ndarray, step: int, **given: object) -> None:
    with open_mask(file, ids.shape, ids.dtype, **given) as writer:
        for top in range(0, len(ids), step):
            writer.write(ids[top : top + step])


@pytest.mark.parametrize("suffix", [".png", ".tif"])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("step", [1, 100, 700])
def test_ids_are_read_back(tmp_path: Path, suffix: str, dtype: type, step: int) -> None:
    ids = RNG.integers(0, 3 if dtype == np.uint8 else 60_000, (600, 37)).astype(dtype)
    write(tmp_path / f"mask{suffix}", ids, step)
    found = read_class_ids(tmp_path / f"mask{suffix}")
    assert found.dtype == dtype
    np.testing.assert_array_equal(found, ids)
    assert [path.name for path in tmp_path.iterdir()] == [f"mask{suffix}"]


@pytest.mark.filterwarnings("ignore:Dataset has no geotransform")  # of rasterio, which the test opens it with
def test_colours_are_in_the_table(tmp_path: Path) -> None:
    ids = RNG.integers(0, 3, (20, 9)).astype(np.uint8)
    for suffix in (".png", ".tif"):
        write(tmp_path / f"mask{suffix}", ids, 7, colors=COLORS)
        np.testing.assert_array_equal(read_class_ids(tmp_path / f"mask{suffix}"), ids)
    np.testing.assert_array_equal(read_mask_colors(tmp_path / "mask.png"), COLORS[ids])
    np.testing.assert_array_equal(cv2.imread(str(tmp_path / "mask.png"))[..., ::-1], COLORS[ids])
    with rasterio.open(tmp_path / "mask.tif") as dataset:
        assert dataset.colormap(1)[1] == (200, 0, 7, 255)


def test_the_place_on_earth_is_kept(tmp_path: Path) -> None:
    ids, crs = np.zeros((8, 8), np.uint8), CRS.from_epsg(32633)
    write(tmp_path / "a.tif", ids, 8, georeference=Georeference(crs, from_origin(5, 6, 2, 2), None))
    write(tmp_path / "b.tif", ids, 8, georeference=Georeference(crs, None, [GroundControlPoint(0, 0, 5, 6)]))
    with rasterio.open(tmp_path / "a.tif") as dataset:
        assert dataset.crs == crs
        assert dataset.transform == from_origin(5, 6, 2, 2)
    with rasterio.open(tmp_path / "b.tif") as dataset:
        assert [(point.x, point.y) for point in dataset.gcps[0]] == [(5, 6)]


@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_an_unfinished_mask_is_none(tmp_path: Path, suffix: str) -> None:
    file = tmp_path / f"mask{suffix}"
    file.write_bytes(b"before")
    with pytest.raises(ZeroDivisionError), open_mask(file, (4, 4), np.dtype(np.uint8)) as writer:
        writer.write(np.zeros((2, 4), np.uint8) // (1 // 0))
    assert [path.name for path in tmp_path.iterdir()] == [file.name]
    assert file.read_bytes() == b"before"


def test_wrong_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(
        ValueError, match=r"ends in '\.jpg', but the suffix sets the file format; expected \.png, \.tif"
    ):
        mask_file("path", tmp_path / "a.jpg")
    with pytest.raises(ValueError, match="there is no folder"):
        mask_file("path", tmp_path / "none" / "a.png")
    monkeypatch.setitem(__import__("sys").modules, "rasterio", None)
    with pytest.raises(
        ImportError, match=r"TIFF is written by rasterio, which is missing: pip install \"seqaug\[geo\]\""
    ):
        mask_file("path", tmp_path / "a.tif")
