"""Images that look nearly the same."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from seqaug.checking.directories import Directories, check_directories
from seqaug.checking.near_duplicates import difference_hash, nearest_pairs
from seqaug.engines.inline import InlineEngine
from seqaug.palette.label_spec import LabelSpec


def picture(seed: int, height: int = 120, width: int = 160) -> np.ndarray:
    """Make a picture of smooth areas, as photographs are."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 256, (9, 12, 3)).astype(np.uint8)
    return cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)


def as_jpeg(image: np.ndarray, quality: int = 40) -> np.ndarray:
    return cv2.imdecode(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], cv2.IMREAD_COLOR)


ALIKE = {
    "JPEG": as_jpeg,
    "smaller": lambda image: cv2.resize(image, None, fx=0.4, fy=0.4, interpolation=cv2.INTER_AREA),
    "tiny": lambda image: cv2.resize(image, (40, 30), interpolation=cv2.INTER_AREA),
    "brighter": lambda image: (image * 0.7 + 40).astype(np.uint8),
    "grey": lambda image: image.mean(axis=2, keepdims=True).astype(np.uint8),
    "16 bits": lambda image: image.astype(np.uint16) * 257,
    "alpha": lambda image: np.dstack([image, np.full(image.shape[:2], 255, np.uint8)]),
    "float": lambda image: image.astype(np.float32) / 255,
}


@pytest.mark.parametrize("change", ALIKE.values(), ids=ALIKE)
def test_copies_look_alike_and_others_do_not(change: object) -> None:
    hashes = [difference_hash(picture(seed)) for seed in range(30)]
    changed = [difference_hash(change(picture(seed))) for seed in range(30)]  # type: ignore[operator]
    assert None not in hashes + changed
    found = list(nearest_pairs([h for h in changed if h], [h for h in hashes if h]))
    assert [(at, nearest) for at, nearest, _ in found] == [(seed, seed) for seed in range(30)]
    assert not list(nearest_pairs([h for h in hashes[:15] if h], [h for h in hashes[15:] if h]))


def test_flat_images_have_no_look() -> None:
    rng = np.random.default_rng(0)
    assert difference_hash(np.full((50, 60, 3), 7, np.uint8)) is None
    assert difference_hash(rng.integers(100, 103, (500, 600, 3)).astype(np.uint8)) is None
    assert difference_hash(np.full((50, 60, 1), np.nan, np.float32)) is None
    assert list(nearest_pairs([], [])) == []


def test_near_duplicates_across_splits_are_an_issue(tmp_path: Path) -> None:
    images = {"train": [picture(0), picture(1), picture(2)], "val": [as_jpeg(picture(1)), picture(3), picture(2)]}
    for split, pictures in images.items():
        for kind in ("images", "masks"):
            (tmp_path / split / kind).mkdir(parents=True)
        for number, image in enumerate(pictures):
            cv2.imwrite(str(tmp_path / split / "images" / f"{split}{number}.png"), image)
            ids = np.arange(image[..., 0].size).reshape(image.shape[:2]) // 9000
            cv2.imwrite(str(tmp_path / split / "masks" / f"{split}{number}.png"), ids.astype(np.uint8))
    splits = [Directories(split, tmp_path / split / "images", tmp_path / split / "masks") for split in images]
    near, exact = sorted(
        check_directories(splits, LabelSpec(None, 3, None), InlineEngine()).issues, key=lambda i: i.type
    )[::-1]
    names = [Path(path).name for path in near.paths]
    assert (near.type, names, near.details["splits"]) == ("near_leakage", ["train1.png", "val0.png"], ["train", "val"])
    assert (exact.type, len(exact.paths)) == ("leakage", 2)


def test_frames_of_camvid_that_are_far_apart_are_different(camvid: Path) -> None:
    hashes = []
    for split in ("train", "val"):
        files = sorted((camvid / split / "images").iterdir())[:20]
        hashes.append([difference_hash(cv2.imread(str(file))) or "" for file in files])
    assert not list(nearest_pairs(*hashes))
