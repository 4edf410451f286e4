"""Images of integers that Albumentations does not know, such as the int16 of CT, have the same numbers as floats."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import albumentations as A  # noqa: N812
import numpy as np
import pytest
import tifffile
from engine_settings import ENGINES

from seqaug import SegmentationSequence, SeqaugWarning, TiledPredictor, Tiles

DTYPES = ("int8", "int16", "int32", "uint32", "int64")
MASKS = np.random.default_rng(1).integers(0, 2, (4, 24, 32), dtype=np.uint8)
MOVED = A.Compose([A.RandomCrop(20, 28), A.D4(p=0.5), A.Rotate(20, p=0.5), A.Resize(20, 28)])


def stored(dtype: str) -> np.ndarray:
    """Return (4, 24, 32, 2); the greatest values that a float32 tells from their neighbours."""
    limits = np.iinfo(dtype)
    low, high = max(limits.min, -(2**24)), min(limits.max, 2**24)
    images = np.random.default_rng(0).integers(low, high, (4, 24, 32, 2), dtype=dtype, endpoint=True)
    images[:, 0, :2] = [[low, high], [high - 1, low + 1]]
    return images


def make(images: Any, **arguments: Any) -> SegmentationSequence:
    settings: dict[str, Any] = {"num_classes": 2, "ignore_index": 255, "batch_size": 2, "workers": 0}
    return SegmentationSequence(images, MASKS, **{**settings, "color_mode": "unchanged", **arguments})


def write(folder: Path, images: np.ndarray, suffix: str) -> list[str]:
    folder.mkdir(exist_ok=True)
    paths = [str(folder / f"{number}{suffix}") for number in range(len(images))]
    for path, image in zip(paths, images, strict=True):
        if suffix == ".npy":
            np.save(path, image)
        else:
            tifffile.imwrite(path, image, compression="deflate", photometric="minisblack")
    return paths


def as_bytes(batches: Any) -> list[list[bytes]]:
    return [[part.tobytes() for part in batch] for batch in batches]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("suffix", [".npy", ".tif"])
def test_files_hold_the_same_numbers(tmp_path: Path, dtype: str, suffix: str) -> None:
    images = stored(dtype)
    if suffix == ".tif":
        images = images[..., :1]
    paths, masks = write(tmp_path / "images", images, suffix), write(tmp_path / "masks", MASKS, ".npy")
    arguments: dict[str, Any] = {"num_classes": 2, "color_mode": "unchanged", "workers": 0, "shuffle": False}
    (x, y), *_ = SegmentationSequence(paths, masks, batch_size=4, **arguments)
    assert x.dtype == np.float32
    assert (x == images).all()
    assert (y == MASKS).all()
    tiles = SegmentationSequence(paths, masks, tiles=Tiles(12, stride=12), batch_size=4, **arguments)
    assert (tiles[0][0][1] == images[0, :12, 12:24]).all()


@pytest.mark.parametrize(
    ("engine", "cache"), [*((name, None) for name in ENGINES), ("processes", "memory"), ("inline", "directory")]
)
def test_every_engine_and_cache_gives_the_batches_of_the_same_floats(tmp_path: Path, engine: str, cache: Any) -> None:
    images = stored("int16")
    expected = as_bytes(make(images.astype(np.float32), transform=MOVED))
    paths, masks = write(tmp_path / "images", images, ".npy"), write(tmp_path / "masks", MASKS, ".npy")
    arguments: dict[str, Any] = {"num_classes": 2, "ignore_index": 255, "batch_size": 2, "color_mode": "unchanged"}
    arguments |= {"transform": MOVED, "cache": tmp_path / "cache" if cache == "directory" else cache, **ENGINES[engine]}
    with SegmentationSequence(paths, masks, **arguments) as sequence:
        assert sequence.class_statistics().pixels.sum() == MASKS.size
        for _ in range(2):
            sequence.set_epoch(0)
            assert as_bytes(sequence) == expected


def test_numbers_above_those_of_float32_are_refused() -> None:
    images = stored("int32")
    images[0, 3, 4, 1] = 2**24 + 1
    with pytest.raises(ValueError, match=r"sample 0 .*'image' is int32 .* to 16777217, .* up to 16777216 exactly"):
        make(images, shuffle=False)[0]


def test_values_that_do_not_survive_are_warned_about() -> None:
    images = stored("int16")
    with pytest.warns(
        SeqaugWarning, match=r"rescale=0\.0009766 is for uint8 and uint16 images, and these are float32, as"
    ):
        x, _ = make(images, rescale=1 / 1024, shuffle=False)[0]
    assert (x == images[:2]).all()
    with pytest.warns(SeqaugWarning, match="RandomBrightnessContrast.* clips those of the first sample"):
        make(images, transform=A.RandomBrightnessContrast(p=1))[0]
    with pytest.warns(SeqaugWarning, match="float images that look like 8-bit ones reach the model unscaled"):
        make(np.random.default_rng(0).integers(0, 256, (4, 24, 32, 3)))[0]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        make(images, transform=A.Normalize((0.0, 0.0), (1e4, 1e4), max_pixel_value=1.0))[0]


class Halves:
    """A model of one channel: the foreground's probability."""

    def predict_on_batch(self, batch: np.ndarray) -> np.ndarray:
        return batch / np.float32(2**15)


def test_previews_and_predictions_take_them() -> None:
    images = stored("int16")[..., :1]
    assert make(images).preview(1).advice is not None
    predictor = TiledPredictor(Halves(), tile=16, from_logits=False, rescale=None, color_mode="unchanged")
    assert np.allclose(predictor.predict(np.maximum(images[0], 0)), np.maximum(images[0], 0) / 2**15, atol=1e-5)
