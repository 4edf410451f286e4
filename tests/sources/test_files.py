"""Samples in files."""

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from small_pairs import Pairs

from seqaug import ReadError
from seqaug.reading.masks import read_mask_colors
from seqaug.sources.files import FilePairs, ImageFiles, MaskFiles, as_path_list


def test_pairs(pairs: Any) -> None:
    source = FilePairs(pairs.images, map(Path, pairs.masks), color_mode="grayscale", colored_masks=True)
    assert len(source) == 6
    assert source[2] == (pairs.images[2], pairs.masks[2])
    assert source.describe(2) == f"image {pairs.images[2]}, mask {pairs.masks[2]}"
    loaded = source.load(2)
    assert loaded["image"].shape == (24, 32, 1)
    assert loaded["mask"].shape == (24, 32, 3)
    assert np.array_equal(source.load_mask(2), loaded["mask"])


def test_lists_of_different_lengths() -> None:
    with pytest.raises(ValueError, match=r"2 images and 1 masks; expected one mask for each image"):
        FilePairs(["a", "b"], ["a"], color_mode="rgb", colored_masks=False)


def test_images(pairs: Any) -> None:
    source = ImageFiles(pairs.images, color_mode="grayscale")
    assert len(source) == 6
    assert source[2] == (pairs.images[2],)
    assert source[2].image == pairs.images[2]
    assert source.describe(2) == f"image {pairs.images[2]}"
    assert list(source.load(2)) == ["image"]
    assert source.load(2)["image"].shape == (24, 32, 1)
    assert "grayscale" in source.fingerprint
    key = source.cache_key(2)
    assert key is not None
    assert key.name == pairs.images[2]
    assert ImageFiles(["missing.png"], color_mode="rgb").cache_key(0) is None
    received = pickle.loads(pickle.dumps(source))
    assert [received[index] for index in range(6)] == [source[index] for index in range(6)]


def test_masks_of_colors(pairs: Pairs) -> None:
    files = MaskFiles(pairs.masks, colored=True)
    assert len(files) == 6
    assert np.array_equal(files.load_mask(2), read_mask_colors(pairs.masks[2]))
    assert files.describe(2) == pairs.masks[2]


def test_masks_of_ids(camvid: Path) -> None:
    path = str(next(camvid.glob("train/class_ids/*.png")))
    assert MaskFiles([path], colored=False).load_mask(0).shape == (360, 480)


def test_paths_become_strings(tmp_path: Path) -> None:
    assert as_path_list((path for path in (tmp_path / "a", "b")), "images") == [str(tmp_path / "a"), "b"]


def test_the_first_url_is_checked() -> None:
    assert as_path_list(["memory://a.png", "foo://b.png"], "images") == ["memory://a.png", "foo://b.png"]
    with pytest.raises(ReadError, match=r"foo://b\.png: Protocol not known: foo"):
        as_path_list(["foo://b.png"], "images")


def test_a_single_path_is_refused() -> None:
    with pytest.raises(TypeError, match=r"images='photos' is one path; expected a sequence.*from_directory"):
        FilePairs("photos", ["a"], color_mode="rgb", colored_masks=False)
    with pytest.raises(TypeError, match=r"images='photos' is one path; expected a sequence of paths, or from_dir"):
        ImageFiles("photos", color_mode="rgb")


def test_items_that_are_not_paths_are_refused() -> None:
    with pytest.raises(TypeError, match=r"masks must be a sequence of paths or an array of pixels"):
        FilePairs(["a"], [3], color_mode="rgb", colored_masks=False)  # type: ignore[list-item]
    with pytest.raises(TypeError, match=r"images must be a sequence of paths or an array"):
        ImageFiles([3], color_mode="rgb")  # type: ignore[list-item]


def test_a_subset_of_pairs(pairs: Pairs) -> None:
    source = FilePairs(pairs.images, pairs.masks, color_mode="rgb", colored_masks=True)
    subset = source.subset([4, 1])
    assert [subset[0], subset[1]] == [source[4], source[1]]
    assert len(subset) == 2
    assert subset.cache_key(1) == source.cache_key(1)
    assert np.array_equal(subset.load(0)["mask"], source.load(4)["mask"])
