"""Tiles of TIFFs behind URLs: only the blocks of their windows are fetched."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from engine_settings import ENGINES
from file_server import FileServer

from seqaug import SampleError, SegmentationSequence, Tiles

rasterio = pytest.importorskip("rasterio")

SIDE = 512


def write(folder: Path, **options: Any) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    image, mask = rng.integers(0, 256, (3, SIDE, SIDE), np.uint8), rng.integers(0, 3, (1, SIDE, SIDE)).astype(np.uint8)
    mask[:, :9] = 200
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", rasterio.errors.NotGeoreferencedWarning)
        for name, bands in (("image", image), ("mask", mask)):
            profile = {"photometric": "rgb" if len(bands) == 3 else "minisblack", "compress": "deflate", **options}
            nodata = 200 if name == "mask" else None
            with rasterio.open(
                folder / f"{name}.tif", "w", "GTiff", SIDE, SIDE, len(bands), dtype="uint8", nodata=nodata, **profile
            ) as file:
                file.write(bands)
    return np.moveaxis(image, 0, -1), np.where(mask[0] == 200, 255, mask[0])


def sequence(server: FileServer, **arguments: Any) -> SegmentationSequence:
    return SegmentationSequence(
        [f"{server.url}/image.tif"],
        [f"{server.url}/mask.tif"],
        num_classes=3,
        ignore_index=255,
        tiles=Tiles(64),
        shuffle=False,
        rescale=None,
        batch_size=8,
        **arguments,
    )


def check(made: SegmentationSequence, image: np.ndarray, mask: np.ndarray, batches: int) -> None:
    with made:
        for number in range(batches):
            for row, (x, y) in enumerate(zip(*map(np.asarray, made[number]), strict=True)):
                window = made.samples.window(8 * number + row)  # type: ignore[attr-defined]
                assert np.array_equal(x, window.cut(image))
                assert np.array_equal(y, window.cut(mask))


def test_only_blocks_are_fetched(tmp_path: Path, server: FileServer) -> None:
    server.ranges = True
    image, mask = write(tmp_path, tiled=True, blockxsize=64, blockysize=64)
    length = (tmp_path / "image.tif").stat().st_size
    check(sequence(server, workers=0), image, mask, 1)
    assert 0 < server.sent["/image.tif"] < length / 2
    assert set(server.requests) <= {"/image.tif", "/mask.tif", "HEAD /image.tif", "HEAD /mask.tif"}
    assert server.requests["/image.tif"] < 8


@pytest.mark.parametrize("engine", ["threads", "processes"])
def test_every_engine_gives_the_same(tmp_path: Path, server: FileServer, engine: str) -> None:
    server.ranges = True
    image, mask = write(tmp_path)
    check(sequence(server, **ENGINES[engine]), image, mask, 3)


def test_servers_without_ranges_send_whole_files(tmp_path: Path, server: FileServer) -> None:
    image, mask = write(tmp_path)
    check(sequence(server, workers=0), image, mask, 8)
    assert not server.sent


def test_failing_requests_are_errors(tmp_path: Path, server: FileServer) -> None:
    server.ranges = True
    write(tmp_path, tiled=True, blockxsize=64, blockysize=64)
    made = sequence(server, workers=0)
    server.failures["/image.tif"] = [403]
    with pytest.raises(SampleError, match=r"image\.tif.*access denied"):
        made[len(made) - 1]


def test_damaged_files_are_errors(tmp_path: Path, server: FileServer) -> None:
    server.ranges = True
    write(tmp_path, tiled=True, blockxsize=64, blockysize=64)
    data = (tmp_path / "image.tif").read_bytes()
    (tmp_path / "image.tif").write_bytes(data[:300_000])
    made = sequence(server, workers=0)
    with pytest.raises(SampleError, match=r"image\.tif.*cannot be read"):
        made[len(made) - 1]
