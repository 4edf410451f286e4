"""The sources: files, arrays, numbers."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from seqaug.sources.arrays import ArrayPairs, are_arrays
from seqaug.sources.files import FilePairs
from seqaug.sources.index_only import NumberedSamples


def test_files(pairs: Any) -> None:
    source = FilePairs(pairs.images, map(Path, pairs.masks), color_mode="grayscale", colored_masks=True)
    assert len(source) == 6
    assert source[2] == (pairs.images[2], pairs.masks[2])
    assert source.describe(2) == f"image {pairs.images[2]}, mask {pairs.masks[2]}"
    loaded = source.load(2)
    assert loaded["image"].shape == (24, 32, 1)
    assert loaded["mask"].shape == (24, 32, 3)
    assert np.array_equal(source.load_mask(2), loaded["mask"])


def test_unequal_lists() -> None:
    with pytest.raises(ValueError, match=r"2 images and 1 masks; expected one mask for each image"):
        FilePairs(["a", "b"], ["a"], color_mode="rgb", colored_masks=False)
    with pytest.raises(ValueError, match=r"2 images and 3 masks; expected one mask for each image"):
        ArrayPairs(np.zeros((2, 4, 4, 3)), np.zeros((3, 4, 4)))


def test_what_is_no_list_of_paths() -> None:
    with pytest.raises(TypeError, match=r"images='photos' is one path; expected a sequence.*from_directory"):
        FilePairs("photos", ["a"], color_mode="rgb", colored_masks=False)
    with pytest.raises(TypeError, match=r"masks must be a sequence of paths or an array of pixels"):
        FilePairs(["a"], [3], color_mode="rgb", colored_masks=False)  # type: ignore[list-item]


def test_arrays() -> None:
    images, masks = np.arange(96).reshape(2, 4, 4, 3), np.arange(32).reshape(2, 4, 4)
    source = ArrayPairs(images, masks)
    assert len(source) == 2
    assert source.describe(1) == "images[1], masks[1]"
    assert np.shares_memory(source.load(1)["image"], images)
    assert np.array_equal(source.load(1)["mask"], masks[1])
    assert np.array_equal(source.load_mask(1), masks[1])
    assert np.array_equal(source[1].mask, masks[1])


@pytest.mark.parametrize(
    ("values", "are"),
    [
        (np.zeros((2, 4, 4, 3)), True),
        (np.zeros((2, 4, 4)), True),
        ([np.zeros((4, 4)), np.zeros((5, 5))], True),
        (np.array(["a.png", "b.png"]), False),
        (["a.png"], False),
        ("a.png", False),
        ([], False),
        (iter(["a.png"]), False),
    ],
)
def test_arrays_are_told_from_paths(values: Any, are: bool) -> None:
    assert are_arrays(values) is are


def test_numbers() -> None:
    source = NumberedSamples(3)
    assert len(source) == 3
    assert source.describe(1) == "from load(1)"
    assert source[2] == (None, None)
    with pytest.raises(IndexError):
        source[3]
    with pytest.raises(NotImplementedError, match="override load"):
        source.load(0)
