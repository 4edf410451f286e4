"""Rasters that declare pixels without data."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import albumentations as A  # noqa: N812
import numpy as np
import pytest

from seqaug import Palette, SampleError, SegmentationSequence, Tiles
from seqaug.checking.masks import MaskCheck
from seqaug.palette.label_spec import LabelSpec

rasterio = pytest.importorskip("rasterio")

SIDE = 32


def write(path: Path, bands: np.ndarray, nodata: float | None, **options: Any) -> str:
    bands = bands[np.newaxis] if bands.ndim == 2 else bands
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", rasterio.errors.NotGeoreferencedWarning)
        with rasterio.open(
            path, "w", "GTiff", SIDE, SIDE, len(bands), dtype=bands.dtype, nodata=nodata, compress="deflate", **options
        ) as file:
            file.write(bands)
    return str(path)


def ids(unlabelled: int, dtype: Any = np.uint8) -> np.ndarray:
    mask = np.random.default_rng(0).integers(0, 3, (SIDE, SIDE)).astype(dtype)
    mask[:8] = unlabelled
    return mask


def sequence(folder: Path, mask: np.ndarray, nodata: float | None, **arguments: Any) -> SegmentationSequence:
    image = write(folder / "image.tif", np.zeros((3, SIDE, SIDE), np.uint8), None, photometric="rgb")
    path = write(folder / "mask.tif", mask, nodata)
    return SegmentationSequence(
        [image], [path], **{"batch_size": 1, "workers": 0, "shuffle": False, "ignore_index": 255, **arguments}
    )


@pytest.mark.parametrize("tiles", [None, Tiles(SIDE), Tiles(16)])
@pytest.mark.parametrize("cache", [None, "memory"])
@pytest.mark.parametrize(
    ("value", "dtype", "ignore_index"), [(255, np.uint8, 7), (200, np.uint8, 255), (-9999, np.int16, 255)]
)
def test_masks_without_data_are_ignored(
    tmp_path: Path, tiles: Any, cache: Any, value: int, dtype: Any, ignore_index: int
) -> None:
    mask = ids(value, dtype)
    made = sequence(tmp_path, mask, value, num_classes=3, ignore_index=ignore_index, tiles=tiles, cache=cache)
    expected = np.where(mask == value, ignore_index, mask)
    side = SIDE if tiles is None else tiles.size[0]
    for _ in range(2):
        for index, (_, y) in enumerate(made):
            top, left = (0, 0) if tiles is None else made.samples.window(index)[:2]  # type: ignore[attr-defined]
            assert np.array_equal(np.asarray(y)[0], expected[top : top + side, left : left + side])
    counts = made.class_statistics().counts
    assert counts.pixels_per_class().tolist() == [(mask == label).sum() for label in range(3)]


@pytest.mark.parametrize("tiles", [None, Tiles(16)])
def test_with_class_maps_and_palettes(tmp_path: Path, tiles: Any) -> None:
    mask = ids(9)
    mapped = sequence(tmp_path, mask, 9, class_map={0: 1, 1: 0, 2: 2}, tiles=tiles)
    expected = np.where(mask == 9, 255, np.array([1, 0, 2])[mask.clip(0, 2)])
    assert np.array_equal(np.asarray(mapped[0][1])[0], expected[:16, :16] if tiles else expected)
    colors = np.array([(1, 2, 3), (70, 70, 70), (0, 90, 0), (9, 9, 9)], np.uint8)
    colored = np.moveaxis(colors[mask.clip(0, 3)], -1, 0)
    palette = Palette({"a": (1, 2, 3), "b": (70, 70, 70), "c": (0, 90, 0)})
    drawn = sequence(tmp_path, colored, 9, palette=palette, tiles=tiles)
    expected = np.where(mask == 9, 255, mask)
    assert np.array_equal(np.asarray(drawn[0][1])[0], expected[:16, :16] if tiles else expected)


@pytest.mark.parametrize("tiles", [None, Tiles(16)])
def test_a_class_stays_a_class(tmp_path: Path, tiles: Any) -> None:
    mask = ids(0)
    message = r"mask\.tif declares nodata=0, which is also the class '0': .* \{0: None"
    with pytest.warns(UserWarning, match=message) as found:
        made = sequence(tmp_path, mask, 0, num_classes=3, tiles=tiles)
    assert len(found) == 1
    assert np.array_equal(np.asarray(made[0][1])[0], mask[:16, :16] if tiles else mask)
    with pytest.warns(UserWarning, match="the class 'back'"):
        sequence(tmp_path, mask, 0, class_map={0: 0, 1: 1, 2: 1}, palette={"back": (0, 0, 0), "front": (9, 9, 9)})
    with pytest.warns(UserWarning, match="the class '0'"):
        sequence(tmp_path, mask, 0)
    buildings = np.where(mask == 0, 0, 255).astype(np.uint8)
    message = r"nodata=0: these pixels are ignored, .* the class 0; .*=\{0: 0, .* or \{0: None"
    with pytest.warns(UserWarning, match=message):
        made = sequence(tmp_path, buildings, 0, class_map={255: 1, "default": 0}, tiles=tiles)
    expected = np.where(buildings == 0, 255, 1)
    assert np.array_equal(np.asarray(made[0][1])[0], expected[:16, :16] if tiles else expected)
    sequence(tmp_path, buildings, 0, class_map={255: 1, 0: None, "default": 0})  # said
    # The arguments say that it is none.
    made = sequence(tmp_path, mask, 0, class_map={0: None, 1: 0, 2: 1}, tiles=tiles)
    assert (np.asarray(made[0][1])[0, :8] == 255).all()
    sequence(tmp_path, mask, None, num_classes=3)


def test_pixels_without_data_need_an_ignore_index(tmp_path: Path) -> None:
    made = sequence(tmp_path, ids(200), 200, num_classes=3, ignore_index=None)
    with pytest.raises(SampleError, match=r"256 of 1024 pixels of the mask have no data \(nodata=200\); expected"):
        made[0]
    other = sequence(tmp_path, np.where(ids(200) == 1, 77, ids(200)).astype(np.uint8), 200, num_classes=3)
    with pytest.raises(SampleError, match="the id 77"):
        other[0]
    empty = sequence(tmp_path, np.full((SIDE, SIDE), 200, np.uint8), 200, num_classes=3)
    assert (np.asarray(empty[0][1]) == 255).all()


def test_masked_arrays_of_a_reader_are_ignored_too(tmp_path: Path) -> None:
    mask = ids(0)

    def read(path: str) -> Any:
        return np.ma.MaskedArray(mask, np.arange(SIDE)[:, np.newaxis] < np.full((SIDE, SIDE), 8))

    made = sequence(tmp_path, mask, None, num_classes=3, read_mask=read)
    assert np.array_equal(np.asarray(made[0][1])[0], np.where(np.arange(SIDE)[:, np.newaxis] < 8, 255, mask))


def without_nan(image: np.ndarray, **_: Any) -> np.ndarray:
    return np.nan_to_num(image)


@pytest.mark.parametrize("tiles", [None, Tiles(16)])
def test_a_transform_reads_the_images_own_value(tmp_path: Path, tiles: Any) -> None:
    pixels = np.random.default_rng(1).random((2, SIDE, SIDE)).astype(np.float32)
    pixels[:, :8] = np.nan
    image = write(tmp_path / "image.tif", pixels, np.nan)
    mask = write(tmp_path / "mask.tif", ids(0), None)
    filled = A.Lambda(image=without_nan, name="without_nan", p=1)
    for transform in (None, filled):
        made = SegmentationSequence(
            [image],
            [mask],
            num_classes=3,
            color_mode="unchanged",
            tiles=tiles,
            transform=transform,
            shuffle=False,
            batch_size=1,
            rescale=None,
            workers=0,
        )
        expected = np.moveaxis(pixels if transform is None else np.nan_to_num(pixels), 0, -1)
        side = 16 if tiles else SIDE
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            x = np.asarray(made[0][0])[0]
        assert np.array_equal(x, expected[:side, :side], equal_nan=True)


def test_the_check_knows_them() -> None:
    labels = LabelSpec(None, 3, 255)
    assert MaskCheck(labels).inspect(ids(9))[0][0].type == "ids_out_of_range"
    assert MaskCheck(labels).inspect(ids(9), 9.0)[0] == []
    assert MaskCheck(LabelSpec(None, 3, None)).inspect(ids(9), 9.0)[0][0].type == "ids_out_of_range"
    assert MaskCheck(labels).inspect(np.full((4, 4), 9, np.uint8), 9.0)[0][0].type == "ignored_masks"
    palette = Palette({"a": (1, 2, 3), "b": (70, 70, 70)})
    colors = np.array([(1, 2, 3), (70, 70, 70), (9, 9, 9)], np.uint8)[np.arange(48).reshape(6, 8) % 3]
    check = MaskCheck(LabelSpec(palette, None, 255))
    assert check.inspect(colors)[0][0].type == "unknown_colors"
    issues, counts = check.inspect(colors, 9.0)
    assert issues == []
    assert counts is not None
    assert counts.pixels.tolist() == [16, 16, 16]
