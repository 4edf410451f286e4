"""Large samples, compared a few rows at a time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import rasterio
from pixel_models import PixelModel
from small_pairs import COLORS

from seqaug import Palette, SampleError, SegmentationSequence, TiledPredictor, evaluate
from seqaug.inference import compared_samples

PALETTE = Palette(COLORS, ignore=["void"])


def _store(path: Path, pixels: np.ndarray) -> str:
    if path.suffix == ".npy":
        np.save(path, pixels)
    elif path.suffix == ".tif":
        bands = np.moveaxis(np.atleast_3d(pixels), -1, 0)
        profile = {"driver": "GTiff", "height": bands.shape[1], "width": bands.shape[2], "count": len(bands)}
        with rasterio.open(path, "w", dtype=pixels.dtype, **profile) as dataset:
            dataset.write(bands)
    else:
        cv2.imwrite(str(path), pixels[..., ::-1] if pixels.ndim == 3 else pixels)
    return str(path)


@pytest.mark.filterwarnings("ignore:Dataset has no geotransform")  # where the test makes the file
@pytest.mark.parametrize("suffixes", [(".tif", ".tif"), (".npy", ".npy"), (".tif", "colors.tif")])
def test_large_rasters_are_compared_a_few_rows_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffixes: tuple[str, str]
) -> None:
    rng = np.random.default_rng(0)
    sizes = [(24, 32), (130, 40), (20, 20), (90, 61)]
    pixels = [rng.integers(0, 256, (*size, 3), np.uint8) for size in sizes]
    ids = [cv2.resize(rng.integers(0, 4, (6, 5), np.uint8), size[::-1], interpolation=0) for size in sizes]
    truths = [np.where(mask == 3, 255, mask).astype(np.uint8) for mask in ids]
    colored = suffixes[1].startswith("colors")
    masks = [PALETTE.decode(truth, ignore_index=255) for truth in truths] if colored else truths
    paths: tuple[list[str], list[str]] = ([], [])
    for number, (height, width) in enumerate(sizes):
        is_large = height * width > 1000
        for which, (name, array) in enumerate({"image": pixels[number], "mask": masks[number]}.items()):
            suffix = suffixes[which] if is_large else ".png"
            paths[which].append(_store(tmp_path / f"{name}{number}{suffix}", array))
    labels: dict[str, Any] = {"palette": PALETTE} if colored else {"num_classes": 3, "ignore_index": 255}
    model = PixelModel(classes=3)
    predictor = TiledPredictor(model, 16, augmentations="flips", batch_size=3)
    whole = evaluate(predictor, *paths, boundary_tolerance=0.05, **labels)
    for image, path, truth, scores in zip(pixels, paths[0], truths, whole.images, strict=True):
        hits = predictor.classes(image) == truth
        assert scores[:3] == (path, (truth < 3).sum(), pytest.approx(hits.sum() / (truth < 3).sum()))

    monkeypatch.setattr(compared_samples, "_WHOLE_PIXELS", 1000)
    monkeypatch.setenv("SEQAUG_MAX_IMAGE_PIXELS", "1000")  # what is read whole is an error
    found = evaluate(predictor, *paths, boundary_tolerance=0.05, **labels)
    np.testing.assert_array_equal(found.confusion, whole.confusion)
    np.testing.assert_array_equal(found.boundary_f1, whole.boundary_f1)
    assert found.images == whole.images
    assert found.ignored_pixels == whole.ignored_pixels
    with SegmentationSequence(*paths, batch_size=3, shuffle=True, **labels) as sequence:
        assert evaluate(predictor, sequence, boundary_tolerance=0.05).images == whole.images
    with pytest.raises(SampleError, match="more than the limit of 1000"):
        evaluate(TiledPredictor(model, 16, image_size=(16, 16)), *paths, **labels)
    if suffixes[1] == ".npy":
        np.save(paths[1][1], truths[1][:-1])
        with pytest.raises(SampleError, match=r"sample 1 .*'mask' is 129x40 and the image 130x40"):
            evaluate(predictor, *paths, **labels)
        truths[1][99, 0] = 7
        np.save(paths[1][1], truths[1])
        with pytest.raises(SampleError, match=r"sample 1 .*7"):
            evaluate(predictor, *paths, **labels)


def test_a_large_mask_that_lies_elsewhere_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compared_samples, "_WHOLE_PIXELS", 100)
    profile = {"driver": "GTiff", "height": 40, "width": 30, "dtype": "uint8", "crs": "EPSG:32633"}
    for name, count, left in (("image", 3, 0), ("mask", 1, 500)):
        where = rasterio.transform.from_origin(left, 0, 2, 2)
        with rasterio.open(tmp_path / f"{name}.tif", "w", count=count, transform=where, **profile) as dataset:
            dataset.write(np.zeros((count, 40, 30), np.uint8))
    predictor = TiledPredictor(PixelModel(classes=3), 16)
    with pytest.raises(SampleError, match=r"sample 0 .*the mask lies elsewhere on earth than its image"):
        evaluate(predictor, [str(tmp_path / "image.tif")], [str(tmp_path / "mask.tif")], num_classes=3)
