"""Strings of samples sent to other processes."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqaug.sources.files import FilePairs, ImageFiles
from seqaug.sources.string_table import MissingStringsError, PackedStrings, provide_strings, strings_for, strip_strings

IMAGES = [f"images/{number}.png" for number in range(1000)]
MASKS = [f"masks/{number}.png" for number in range(1000)]


def pairs() -> FilePairs:
    return FilePairs(IMAGES, MASKS, color_mode="rgb", colored_masks=False)


def test_strings_are_pickled_packed() -> None:
    received = pickle.loads(pickle.dumps(pairs()))
    assert received[999] == ("images/999.png", "masks/999.png")


def test_stripped_strings_are_those_provided() -> None:
    stripped: list = []
    with strip_strings(stripped):
        data = pickle.dumps((pairs(), ImageFiles(IMAGES, color_mode="rgb")))
    assert len(data) < 1000
    source, images = pickle.loads(data)
    assert len(source) == len(images) == 1000
    provided = strings_for([3, 7], stripped)
    with provide_strings(provided):
        assert source[3] == ("images/3.png", "masks/3.png")
        assert source.describe(7) == "image images/7.png, mask masks/7.png"
        assert images[7].image == "images/7.png"
        with pytest.raises(MissingStringsError):
            source[4]
        with pytest.raises(IndexError):
            source[1000]
    with pytest.raises(MissingStringsError):
        source[3]


def test_a_missing_string_is_not_an_error_of_a_sample() -> None:
    """Handlers of `Exception`, such as a pipeline's, let it pass."""
    assert not issubclass(MissingStringsError, Exception)


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]))))
def test_packed_strings_equal_the_originals(strings: list[str]) -> None:
    packed = PackedStrings(strings)
    assert list(packed) == strings
    assert packed[1:-1] == strings[1:-1]
    assert PackedStrings(packed)[:] == strings
