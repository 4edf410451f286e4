"""A coast from above: a GeoTIFF of any size with its mask, drawn a strip at a time."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
import rasterio
from rasterio.transform import from_origin
from rasterio.windows import Window

CLASSES = {"land": (124, 144, 82), "water": (38, 84, 124), "boat": (240, 80, 60)}

_LAND, _WATER, _BOAT = range(3)
_STRIP = 512  # rows drawn at a time
_CELL = 700  # pixels between the heights that the coastline is interpolated from
_TEXTURE = 1024
# In a square of 1,000 pixels.
_BOATS, _ROCKS, _HOUSES = 1, 40, 40
_PAINTS = np.array([(235, 235, 230), (200, 60, 50), (240, 200, 70), (60, 70, 90)])
_SHORE = 0.05  # height on which nothing stands
_REACH = 16  # of an object from its middle, in pixels


class _Objects(NamedTuple):
    """Objects of one kind: their middles, (N, 2) rows and columns, and what they look like."""

    middles: np.ndarray
    shapes: list[np.ndarray]  # corners around the middle, (n, 2) columns and rows
    colors: np.ndarray


def write_scene(folder: Path, size: int, seed: int) -> np.ndarray:
    """Draw a raster of `size` x `size` pixels and its mask: image.tif and mask.tif in a folder, in tiles, compressed.

    Boats lie on water; so do rocks, which are as bright and are water, and houses on land are as angular and colourful.

    Returns:
        Number of pixels of each class.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    cells = size // _CELL + 4
    heights = cv2.GaussianBlur(rng.normal(size=(cells, cells)).astype(np.float32), (3, 3), 0.8)
    noise = rng.integers(-3, 4, (_TEXTURE, _TEXTURE)).astype(np.int16) * 3
    rocks, houses, boats = (
        _scattered(rng, round(max(4, number * (size / 1000) ** 2)), size, heights, kind, corners)
        for number, kind, corners in ((_ROCKS, _WATER, _rock), (_HOUSES, _LAND, _house), (_BOATS, _WATER, _boat))
    )
    pixels = np.zeros(len(CLASSES), np.int64)
    with _created(folder / "image.tif", size, 3) as image, _created(folder / "mask.tif", size, 1) as mask:
        for top in range(0, size, _STRIP):
            bottom = min(top + _STRIP, size)
            ids = np.where(_height(heights, np.arange(top, bottom), np.arange(size)) > 0, _LAND, _WATER)
            ids = ids.astype(np.uint8)
            colors = np.array(list(CLASSES.values()), np.int16)[ids]
            for objects, painted in ((rocks, _WATER), (houses, _LAND), (boats, _BOAT)):
                _paint(colors, ids, top, objects, painted)
            shift = int(rng.integers(_TEXTURE))
            rows = np.arange(top + shift, bottom + shift) % _TEXTURE
            colors += noise[rows[:, np.newaxis], np.arange(size) % _TEXTURE][..., np.newaxis]
            window = Window(0, top, size, bottom - top)
            image.write(np.moveaxis(colors.clip(0, 255).astype(np.uint8), -1, 0), window=window)
            mask.write(ids, 1, window=window)
            pixels += np.bincount(ids.reshape(-1), minlength=len(CLASSES))
    return pixels


def _created(path: Path, size: int, bands: int) -> Any:
    return rasterio.open(
        path,
        "w",
        driver="GTiff",
        height=size,
        width=size,
        count=bands,
        dtype="uint8",
        photometric="rgb" if bands == 3 else "minisblack",
        tiled=True,
        blockxsize=_STRIP,
        blockysize=_STRIP,
        compress="deflate",
        zlevel=1,
        num_threads="all_cpus",
        bigtiff="if_safer",
        crs="EPSG:32632",
        transform=from_origin(500_000, 5_900_000, 0.5, 0.5),
    )


def _height(heights: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Interpolate heights above the sea, (rows, columns), float32."""
    down = np.broadcast_to(rows[:, np.newaxis] / _CELL + 1, (len(rows), len(columns))).astype(np.float32)
    across = np.broadcast_to(columns / _CELL + 1, down.shape).astype(np.float32)
    return cv2.remap(heights, across, down, cv2.INTER_CUBIC)


def _scattered(
    rng: np.random.Generator, number: int, size: int, heights: np.ndarray, kind: int, corners: Any
) -> _Objects:
    """Scatter objects over places of one kind, with all of their pixels inside the raster."""
    middles: list[np.ndarray] = []
    while len(middles) < number:
        places = rng.integers(_REACH, size - _REACH, (number, 2))
        height = cv2.remap(
            heights, *(places[:, [axis]].astype(np.float32) / _CELL + 1 for axis in (1, 0)), cv2.INTER_CUBIC
        )
        middles += list(places[(height[:, 0] > 0.05) if kind == _LAND else (height[:, 0] < -0.05)])
    shapes = [_turned(corners(rng), rng.uniform(0, 2 * np.pi)) for _ in range(number)]
    return _Objects(np.array(middles[:number]), shapes, rng.choice(_PAINTS[: 1 if corners is _rock else None], number))


def _paint(colors: np.ndarray, ids: np.ndarray, top: int, objects: _Objects, label: int) -> None:
    rows = objects.middles[:, 0] - top
    for number in np.flatnonzero((rows > -_REACH) & (rows < len(ids) + _REACH)):
        outline = np.rint(objects.shapes[number] + (objects.middles[number, 1], rows[number])).astype(np.int32)
        cv2.fillPoly(colors, [outline], objects.colors[number].tolist())
        cv2.fillPoly(ids, [outline], label)


def _boat(rng: np.random.Generator) -> np.ndarray:
    length, width = rng.uniform(7, 11), rng.uniform(2.5, 3.5)
    return np.array([(length, 0), (length / 3, width), (-length, width), (-length, -width), (length / 3, -width)])


def _rock(rng: np.random.Generator) -> np.ndarray:
    angles = np.arange(9) * (2 * np.pi / 9)
    return rng.uniform(3, 7, (9, 1)) * np.stack([np.cos(angles), np.sin(angles)], -1)


def _house(rng: np.random.Generator) -> np.ndarray:
    length, width = rng.uniform(5, 10), rng.uniform(3, 6)
    return np.array([(length, width), (-length, width), (-length, -width), (length, -width)])


def _turned(corners: np.ndarray, angle: float) -> np.ndarray:
    return corners @ np.array([(np.cos(angle), np.sin(angle)), (-np.sin(angle), np.cos(angle))])
