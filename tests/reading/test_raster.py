"""Rows of a TIFF, read by rasterio."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
import tifffile
from rasterio.transform import from_origin

from seqaug import ReadError
from seqaug.reading.images import read_image
from seqaug.reading.raster import gdal_options, is_raster, open_raster

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("options", [{}, {"tile": (16, 16)}, {"compression": "zlib"}, {"bigtiff": True}])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("shape", [(50, 37), (50, 37, 3)])
@pytest.mark.parametrize("color_mode", ["rgb", "grayscale", "unchanged"])
def test_rows_are_those_of_the_image(
    tmp_path: Path, options: dict[str, Any], dtype: type, shape: tuple[int, ...], color_mode: str
) -> None:
    path = tmp_path / "image.tif"
    stored = RNG.integers(0, np.iinfo(dtype).max, shape).astype(dtype)
    tifffile.imwrite(path, stored)
    expected = read_image(path, color_mode)
    # Not all of them are read by OpenCV.
    tifffile.imwrite(path, stored, **options)
    with open_raster(path, color_mode) as raster:
        assert (raster.height, raster.width) == expected.shape[:2]
        assert raster.georeference is None
        for start, stop in ((0, 50), (0, 1), (17, 33), (49, 50)):
            np.testing.assert_array_equal(raster.read(start, stop), expected[start:stop])


def test_bands_and_place(tmp_path: Path) -> None:
    path = tmp_path / "image.tif"
    bands = RNG.normal(size=(5, 20, 30)).astype(np.float32)
    profile = {"driver": "GTiff", "height": 20, "width": 30, "count": 5, "dtype": "float32"}
    with rasterio.open(path, "w", crs="EPSG:4326", transform=from_origin(1, 2, 3, 4), **profile) as dataset:
        dataset.write(bands)
    with open_raster(path, "unchanged") as raster:
        np.testing.assert_array_equal(raster.read(3, 9), np.moveaxis(bands, 0, -1)[3:9])
        assert raster.georeference is not None
        assert raster.georeference.crs.to_epsg() == 4326
        assert raster.georeference.transform == from_origin(1, 2, 3, 4)
    with (
        open_raster(path, "rgb") as raster,
        pytest.raises(ReadError, match=r'5 channel\(s\) of float32 cannot .* color_mode="unchanged"'),
    ):
        raster.read(0, 1)


def test_what_cannot_be_read(tmp_path: Path) -> None:
    path = tmp_path / "image.tif"
    with pytest.raises(ReadError, match="rasterio cannot open it"), open_raster(path, "rgb"):
        pass
    tifffile.imwrite(path, np.zeros((2, 8, 8, 3), np.uint8), photometric="rgb")
    with pytest.raises(ReadError, match="a TIFF of 2 pages"), open_raster(path, "rgb"):
        pass
    tifffile.imwrite(path, RNG.integers(0, 255, (200, 200, 3), np.uint8), rowsperstrip=10)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(ReadError, match=r"image\.tif: "), open_raster(path, "rgb") as raster:
        raster.read(190, 200)


def test_which_files_are_rasters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert is_raster("a.TIF")
    assert is_raster(tmp_path / "a.tiff")
    assert not is_raster("a.png")
    assert not is_raster("https://example.com/a.tif")
    monkeypatch.setitem(sys.modules, "rasterio", None)
    assert not is_raster("a.tif")


def test_the_cache_of_gdal_has_a_limit_of_its_own_unless_its_variable_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GDAL_CACHEMAX", raising=False)
    assert gdal_options() == {"GDAL_CACHEMAX": 128}
    monkeypatch.setenv("GDAL_CACHEMAX", "64")
    assert gdal_options() == {}
