"""Strings of samples on their way to other processes."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqaug.sources.files import FilePairs
from seqaug.sources.images import ImageFiles
from seqaug.sources.string_table import MissingStringsError, PackedStrings, provide_strings, strings_for, strip_strings

IMAGES = [f"images/{number}.png" for number in range(1000)]
MASKS = [f"masks/{number}.png" for number in range(1000)]


def pairs() -> FilePairs:
    return FilePairs(IMAGES, MASKS, color_mode="rgb", colored_masks=False)


def test_they_go_along_packed() -> None:
    received = pickle.loads(pickle.dumps(pairs()))
    assert received[999] == ("images/999.png", "masks/999.png")


def test_left_behind_they_are_those_that_a_task_brings() -> None:
    left: list = []
    with strip_strings(left):
        data = pickle.dumps((pairs(), ImageFiles(IMAGES, color_mode="rgb")))
    assert len(data) < 1000
    source, images = pickle.loads(data)
    assert len(source) == len(images) == 1000
    brought = strings_for([3, 7], left)
    with provide_strings(brought):
        assert source[3] == ("images/3.png", "masks/3.png")
        assert source.describe(7) == "image images/7.png, mask masks/7.png"
        assert images[7].image == "images/7.png"
        with pytest.raises(MissingStringsError):
            source[4]
        with pytest.raises(IndexError):
            source[1000]
    with pytest.raises(MissingStringsError):
        source[3]


def test_that_a_string_is_missing_is_no_fault_of_a_sample() -> None:
    """Who catches every `Exception`, as a pipeline does, lets it through."""
    assert not issubclass(MissingStringsError, Exception)


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]))))
def test_they_are_what_was_packed(strings: list[str]) -> None:
    packed = PackedStrings(strings)
    assert list(packed) == strings
    assert packed[1:-1] == strings[1:-1]
    assert PackedStrings(packed)[:] == strings
