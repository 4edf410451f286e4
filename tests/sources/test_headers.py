"""Headers of files: read in parallel, kept between runs, and where images lie."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import seqaug.sources.headers as headers_module
from seqaug import SampleError, Tiles
from seqaug.sources.files import FilePairs
from seqaug.sources.headers import read_headers
from seqaug.sources.headers_file import HeadersFile
from seqaug.sources.tiled import TiledSource

rasterio = pytest.importorskip("rasterio")
from rasterio.transform import Affine  # noqa: E402

HEIGHT, WIDTH = 24, 40


def grid(right: float = 0, down: float = 0, across: float = 1, along: float = 1) -> Affine:
    """Pixels of half a metre, shifted and scaled."""
    return Affine(0.5 * across, 0, 500_000 + 0.5 * right, 0, -0.5 * along, 5_900_000 - 0.5 * down)


GRID = grid()


def write(path: Path, transform: Any = None, crs: Any = None, **options: Any) -> str:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", rasterio.errors.NotGeoreferencedWarning)
        profile = {"height": HEIGHT, "width": WIDTH, "count": 1, "dtype": "uint8", "transform": transform, "crs": crs}
        with rasterio.open(path, "w", "GTiff", **profile, **options) as file:
            file.write(np.zeros((1, HEIGHT, WIDTH), np.uint8))
    return str(path)


def pairs(*files: tuple[str, str]) -> FilePairs:
    images, masks = zip(*files, strict=True)
    return FilePairs(images, masks, color_mode="grayscale", colored_masks=False)


def test_tiles_say_where_they_lie(tmp_path: Path) -> None:
    source = pairs(
        (write(tmp_path / "a.tif", GRID, "EPSG:32632"), write(tmp_path / "a_mask.tif", GRID, "EPSG:32632")),
        (write(tmp_path / "b.tif"), write(tmp_path / "b_mask.tif")),
        (write(tmp_path / "c.tif", Affine(2, 1, 7, -1, 3, 9)), write(tmp_path / "c_mask.tif")),
    )
    tiled = TiledSource(source, Tiles(16), read_headers(source))
    for index in range(len(tiled)):
        sample = tiled[index]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", rasterio.errors.NotGeoreferencedWarning)
            with rasterio.open(sample.image) as file:
                corner = file.xy(sample.window.top, sample.window.left, offset="ul")
                steps = file.transform
        if sample.image.endswith("b.tif"):
            assert sample.transform is sample.crs is None
        else:
            a, b, c, d, e, f = sample.transform
            assert (a, b, d, e) == (steps.a, steps.b, steps.d, steps.e)
            assert (c, f) == pytest.approx(corner)
            assert sample.crs == ("EPSG:32632" if sample.image.endswith("a.tif") else None)


@pytest.mark.parametrize(
    ("transform", "crs", "message"),
    [
        (GRID, "EPSG:32633", "coordinates are EPSG:32633, and the image's EPSG:32632; expected the mask of this image"),
        (grid(3, 1), "EPSG:32632", r"top left corner is \+3.0 columns and \+1.0 rows away"),
        (grid(0, 0, 1.02, 1.02), "EPSG:32632", r"bottom right corner is \+0.8 columns and \+0.5 rows away"),
        (grid(along=-1), None, r"bottom right corner is \+0.0 columns and -48.0 rows away"),
    ],
)
def test_masks_that_lie_elsewhere_are_errors(tmp_path: Path, transform: Any, crs: Any, message: str) -> None:
    image = write(tmp_path / "image.tif", GRID, "EPSG:32632")
    with pytest.raises(SampleError, match=message) as found:
        read_headers(pairs((image, write(tmp_path / "mask.tif", transform, crs))))
    assert found.value.index == 0


@pytest.mark.parametrize(
    ("transform", "crs"),
    [
        (None, None),
        (GRID, None),
        (GRID, rasterio.crs.CRS.from_epsg(32632).to_wkt()),
        (grid(0.4, -0.3, 1.001, 1.001), "EPSG:32632"),
    ],
)
def test_masks_that_contradict_nothing_are_fine(tmp_path: Path, transform: Any, crs: Any) -> None:
    image = write(tmp_path / "image.tif", GRID, "EPSG:32632")
    assert read_headers(pairs((image, write(tmp_path / "mask.tif", transform, crs)))).sizes.tolist() == [[24, 40]]


def test_they_are_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[int] = []
    stored_sizes = headers_module.stored_sizes
    monkeypatch.setattr(
        headers_module, "stored_sizes", lambda source, index: read.append(index) or stored_sizes(source, index)
    )
    places = {"a": (GRID, "EPSG:32632"), "b": (None, None), "c": (GRID, "EPSG:4326")}
    files = [
        (write(tmp_path / f"{name}.tif", *where), write(tmp_path / f"{name}_mask.tif"))
        for name, where in places.items()
    ]
    source = pairs(*files)
    kept = HeadersFile(tmp_path / "kept", source.fingerprint)
    first = read_headers(source, kept)
    assert sorted(read) == [0, 1, 2]
    again = read_headers(source, HeadersFile(tmp_path / "kept", source.fingerprint))
    assert len(read) == 3
    other = pairs(files[2], files[0], (files[1][1], files[1][0]))
    turned = read_headers(other, kept)
    assert len(read) == 4  # the pair that is new
    for headers, order in ((first, [0, 1, 2]), (again, [0, 1, 2]), (turned, [2, 0, 1])):
        assert headers.sizes.tolist() == [[24, 40]] * 3
        places = [headers.georeference(index, 0, 0) for index in range(3)]
        crs, transforms = ["EPSG:32632", None, "EPSG:4326"], [tuple(GRID)[:6], None, tuple(GRID)[:6]]
        assert [place.crs for place in places] == [crs[index] for index in order]
        assert [place.transform for place in places] == [transforms[index] for index in order]
    write(Path(files[0][0]), compress="lzw", dtype_ignored=1)
    read_headers(source, kept)
    assert len(read) == 5  # the file that has changed
    read_headers(other, kept)
    kept.path.write_bytes(kept.path.read_bytes()[:300])
    read_headers(source, kept)
    assert len(read) == 5 + 3


def test_a_directory_that_cannot_be_written_is_a_warning(tmp_path: Path) -> None:
    source = pairs((write(tmp_path / "a.tif"), write(tmp_path / "a_mask.tif")))
    (tmp_path / "file").touch()
    with pytest.warns(UserWarning, match="the sizes of images cannot be kept in"):
        assert len(read_headers(source, HeadersFile(tmp_path / "file", "")).sizes) == 1
