"""Images without masks."""

import pickle
from typing import Any

import numpy as np
import pytest

from seqaug.sources.images import ImageArrays, ImageFiles


def test_files(pairs: Any) -> None:
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
    sent = pickle.loads(pickle.dumps(source))
    assert [sent[index] for index in range(6)] == [source[index] for index in range(6)]


def test_arrays() -> None:
    images = np.zeros((2, 4, 4, 3), np.uint8)
    source = ImageArrays(images)
    assert (len(source), source.describe(1), source.cache_key(1)) == (2, "images[1]", None)
    assert np.shares_memory(source.load(1)["image"], images)
    assert np.shares_memory(source[1].image, images)


def test_what_is_no_list_of_paths() -> None:
    with pytest.raises(TypeError, match=r"images='photos' is one path; expected a sequence of paths, or from_dir"):
        ImageFiles("photos", color_mode="rgb")
    with pytest.raises(TypeError, match=r"images must be a sequence of paths or an array"):
        ImageFiles([3], color_mode="rgb")  # type: ignore[list-item]
