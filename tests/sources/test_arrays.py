"""Samples in memory."""

from typing import Any

import numpy as np
import pytest

from seqaug.sources.arrays import ArrayPairs, ImageArrays, are_arrays


def test_pairs() -> None:
    images, masks = np.arange(96).reshape(2, 4, 4, 3), np.arange(32).reshape(2, 4, 4)
    source = ArrayPairs(images, masks)
    assert len(source) == 2
    assert source.describe(1) == "images[1], masks[1]"
    assert np.shares_memory(source.load(1)["image"], images)
    assert np.array_equal(source.load(1)["mask"], masks[1])
    assert np.array_equal(source.load_mask(1), masks[1])
    assert np.array_equal(source[1].mask, masks[1])


def test_arrays_of_different_lengths() -> None:
    with pytest.raises(ValueError, match=r"2 images and 3 masks; expected one mask for each image"):
        ArrayPairs(np.zeros((2, 4, 4, 3)), np.zeros((3, 4, 4)))


def test_images() -> None:
    images = np.zeros((2, 4, 4, 3), np.uint8)
    source = ImageArrays(images)
    assert (len(source), source.describe(1), source.cache_key(1)) == (2, "images[1]", None)
    assert np.shares_memory(source.load(1)["image"], images)
    assert np.shares_memory(source[1].image, images)


@pytest.mark.parametrize(
    ("values", "expected"),
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
def test_arrays_are_distinguished_from_paths(values: Any, expected: bool) -> None:
    assert are_arrays(values) is expected
