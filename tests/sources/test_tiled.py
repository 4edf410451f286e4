"""Windows of the samples of every data source."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from seqaug import SegmentationSequence, Tiles
from seqaug.reading.readers import Readers
from seqaug.sources.additional import with_additional
from seqaug.sources.annotated import AnnotatedFiles
from seqaug.sources.arrays import ArrayPairs, ImageArrays
from seqaug.sources.class_masks import ClassMaskArrays, ClassMaskFiles
from seqaug.sources.files import FilePairs, ImageFiles
from seqaug.sources.headers import read_headers
from seqaug.sources.items import ItemSource
from seqaug.sources.run_lengths import RunLengthMasks
from seqaug.sources.tiled import TiledSource

SIZES = [(40, 50), (33, 64)]
_RNG = np.random.default_rng(0)
IMAGES = [_RNG.integers(0, 256, (*size, 3), np.uint8) for size in SIZES]
IDS = [_RNG.integers(0, 3, size).astype(np.uint8) for size in SIZES]


def files(folder: Path, name: str, suffix: str, arrays: list[np.ndarray]) -> list[str]:
    paths = [str(folder / f"{name}{number}{suffix}") for number in range(len(arrays))]
    for path, pixels in zip(paths, arrays, strict=True):
        if suffix == ".npy":
            np.save(path, pixels)
        else:
            cv2.imwrite(path, pixels[..., ::-1] if pixels.ndim == 3 else pixels)
    return paths


def pairs(folder: Path, image: str = ".npy", mask: str = ".npy", **more: Any) -> FilePairs:
    given = {"color_mode": "rgb", "colored_masks": False, **more}
    return FilePairs(files(folder, "image", image, IMAGES), files(folder, "mask", mask, IDS), **given)


def by_class(folder: Path, suffix: str, *, one_label: bool) -> ClassMaskFiles:
    organ = files(folder, "organ", suffix, [(ids == 1) * np.uint8(255) for ids in IDS])
    lesion = files(folder, "lesion", suffix, [(ids == 2) * np.uint8(255) for ids in IDS])
    masks = {"organ": organ, "lesion": [lesion[0], None]}
    return ClassMaskFiles(files(folder, "image", suffix, IMAGES), masks, one_label=one_label, color_mode="rgb")


def with_more(folder: Path) -> Any:
    additional = {
        "depth": files(folder, "depth", ".npy", [ids * np.float32(0.5) for ids in IDS]),
        "second": files(folder, "second", ".png", IMAGES),
        "parts": [ids.astype(np.int64) for ids in IDS],
        "labels": files(folder, "labels", ".npy", [ids.astype(np.int16) for ids in IDS]),
    }
    kinds = {"depth": "value", "second": "image", "parts": "mask", "labels": "mask"}
    return with_additional(pairs(folder), additional, kinds)


# A source, the arrays of which windows can be read, and whether any must be decoded whole.
SOURCES: dict[str, tuple[Any, set[str], bool]] = {
    "npy": (pairs, {"image", "mask"}, False),
    "png": (lambda folder: pairs(folder, ".png", ".png"), set(), True),
    "npy and png": (lambda folder: pairs(folder, mask=".png"), {"image"}, True),
    "own reader": (lambda folder: pairs(folder, readers=Readers(image=np.load)), {"mask"}, True),
    "images": (lambda folder: ImageFiles(files(folder, "image", ".npy", IMAGES), color_mode="rgb"), {"image"}, False),
    "arrays": (lambda _: ArrayPairs(IMAGES, IDS), {"image", "mask"}, False),
    "image arrays": (lambda _: ImageArrays(IMAGES), {"image"}, False),
    "arrays by class": (
        lambda _: ArrayPairs(IMAGES, ClassMaskArrays({"a": IDS, "b": [ids == 2 for ids in IDS]}, one_label=True)),
        {"image", "mask"},
        False,
    ),
    "files by class": (lambda folder: by_class(folder, ".npy", one_label=True), {"image", "mask"}, False),
    "overlapping": (lambda folder: by_class(folder, ".npy", one_label=False), {"image", "mask"}, False),
    "PNG by class": (lambda folder: by_class(folder, ".png", one_label=True), set(), True),
    "annotated": (
        lambda folder: AnnotatedFiles(
            files(folder, "image", ".npy", IMAGES), RunLengthMasks(["1 20 300 60 900", ""]), color_mode="rgb"
        ),
        {"image"},
        True,
    ),
    "items": (lambda _: ItemSource(list(zip(IMAGES, IDS, strict=True))), set(), True),
    "additional": (with_more, {"image", "mask", "depth", "parts", "labels"}, True),
}


@pytest.mark.parametrize("name", SOURCES)
def test_windows_are_cut_from_the_whole(tmp_path: Path, name: str) -> None:
    make, alone, decodes_whole = SOURCES[name]
    source = make(tmp_path)
    assert read_headers(source).sizes.tolist() == [list(size) for size in SIZES]
    assert source.decodes_whole(0) == decodes_whole
    tiled = TiledSource(source, Tiles((16, 24), edge="pad"), read_headers(source))
    for index in range(len(tiled)):
        parent, window = tiled.parent(index), tiled.window(index)
        whole = source.load(parent)
        assert set(source.names) == set(whole)
        assert set(source.load_window(parent, window.bounds, source.names)) == alone
        tile = tiled.load(index)
        assert set(tile) == set(whole)
        for key, pixels in whole.items():
            expected = window.cut(np.asarray(pixels))
            assert tile[key].dtype == expected.dtype
            assert np.array_equal(tile[key], expected)
            assert not np.shares_memory(tile[key], pixels)
            assert set(source.load_whole(parent, [key])) == {key}
        if "mask" in whole:
            assert np.array_equal(tiled.load_mask(index), window.cut(np.asarray(whole["mask"])))


def test_what_is_too_large_to_be_decoded_is_read_in_windows_or_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEQAUG_MAX_IMAGE_PIXELS", "1000")
    source = with_additional(
        pairs(tmp_path), {"depth": files(tmp_path, "depth", ".npy", [ids * 0.5 for ids in IDS])}, {"depth": "value"}
    )
    assert len(TiledSource(source, Tiles(16), read_headers(source)).load(0)) == 3
    annotated = AnnotatedFiles(
        files(tmp_path, "image", ".npy", IMAGES), RunLengthMasks(["1 20 300 60", ""]), color_mode="rgb"
    )
    with pytest.raises(
        ValueError, match=r"'mask' has 40x50 pixels .* above the limit of 1,000 pixels; expected a \.npy"
    ):
        TiledSource(annotated, Tiles(16), read_headers(annotated)).load(0)


def test_a_mask_of_one_class_of_another_size_is_named(tmp_path: Path) -> None:
    images = files(tmp_path, "image", ".png", IMAGES)
    organ = files(tmp_path, "organ", ".png", [IDS[0], IDS[0]])
    with pytest.raises(ValueError, match="'mask of organ' is 40x50 and the image 33x64"):
        SegmentationSequence(images, {"organ": organ}, tiles=Tiles(16), ignore_index=255)
