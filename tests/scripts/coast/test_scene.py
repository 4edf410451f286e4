"""The coast of the script on large rasters."""

from pathlib import Path

import numpy as np
import pytest
from script_modules import load_script

rasterio = pytest.importorskip("rasterio")


def test_strips_join_and_classes_are_where_they_belong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scene = load_script("coast/scene")
    pixels = scene.write_scene(tmp_path, 1200, seed=1)
    monkeypatch.setattr(scene, "_STRIP", 1200)
    assert scene.write_scene(tmp_path / "at_once", 1200, seed=1).tolist() == pixels.tolist()
    with rasterio.open(tmp_path / "image.tif") as image, rasterio.open(tmp_path / "mask.tif") as mask:
        assert image.shape == mask.shape == (1200, 1200)
        assert image.transform == mask.transform
        ids, colors = mask.read(1), np.moveaxis(image.read(), 0, -1)
    with rasterio.open(tmp_path / "at_once" / "mask.tif") as mask:
        assert np.array_equal(mask.read(1), ids)
    assert np.bincount(ids.reshape(-1)).tolist() == pixels.tolist()
    assert 0 < pixels[2] < pixels.sum() / 1000
    for label, color in enumerate(list(scene.CLASSES.values())[:2]):
        assert np.abs(np.median(colors[ids == label], axis=0) - color).max() <= 3
