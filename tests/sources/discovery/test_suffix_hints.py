"""Suggested suffixes."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqaug.sources.discovery.suffix_hints import suffix_rules


@pytest.mark.parametrize(
    ("images", "masks", "expected"),
    [
        (["a/x1", "a/x2"], ["a/x1_mask", "a/x2_mask"], [("", "_mask", 2)]),
        (["x_img", "y_img"], ["x_seg", "y_seg", "z"], [("_img", "_seg", 2)]),
        (["x_leftImg8bit"], ["x_labelIds"], [("_leftImg8bit", "_labelIds", 1)]),
        (["1", "2", "10"], ["1-L", "10-L", "2-L"], [("", "-L", 3)]),
        (["x", "x_mask"], ["x", "x_mask"], [("", "_mask", 1), ("_mask", "", 1)]),
        # Suffixes start at word boundaries, and never span folders or all of a name.
        (["street"], ["strange"], []),
        (["a/x"], ["a/y"], []),
        (["image1"], ["mask1"], []),
        ([], ["x"], []),
    ],
)
def test_rules(images: list[str], masks: list[str], expected: list[tuple[str, str, int]]) -> None:
    assert suffix_rules(images, masks) == expected


@given(
    st.lists(st.text(string.ascii_lowercase + string.digits, min_size=1), min_size=1, max_size=200, unique=True),
    st.sampled_from(["", "_image", "-a"]),
    st.sampled_from(["_mask", "_gtFine_labelIds", ".m"]),
)
def test_the_true_suffixes_are_found(names: list[str], image: str, mask: str) -> None:
    rules = suffix_rules([name + image for name in names], [name + mask for name in names])
    assert (image, mask, len(names)) in rules
