"""Counts of classes, and the uniform draw of a pixel."""

import random
from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from seqaug.augmentation.class_pixels import ClassPixels, count_classes

masks = st.sampled_from([np.uint8, np.uint16, np.int32]).flatmap(
    lambda dtype: arrays(dtype, st.tuples(st.integers(1, 9), st.integers(1, 9)), elements=st.integers(0, 4))
)


@settings(deadline=None)
@given(masks, st.sampled_from([None, 2, 4, 300]))
def test_counts_are_numpys(mask: np.ndarray, ignore_index: int | None) -> None:
    labels, counts = np.unique(mask, return_counts=True)
    expected = {int(label): int(count) for label, count in zip(labels, counts, strict=True) if label != ignore_index}
    assert count_classes(mask, ignore_index) == expected
    assert count_classes(mask[::-1, ::-1], ignore_index) == expected


def test_the_highest_labels_are_counted() -> None:
    for label in (255, 65_535, 70_000, -1):
        mask = np.full((2, 3), label, np.min_scalar_type(label))
        assert count_classes(mask, None) == {label: 6}


@settings(deadline=None)
@given(masks, st.integers(0, 300), st.randoms(use_true_random=False))
def test_what_is_drawn_is_of_the_class(mask: np.ndarray, class_id: int, generator: random.Random) -> None:
    pixels = ClassPixels(mask, class_id)
    assert len(pixels) == np.count_nonzero(mask == class_id)
    if len(pixels):
        assert mask[pixels.draw(generator)] == class_id


@pytest.mark.parametrize("layout", [np.ascontiguousarray, np.asfortranarray, lambda mask: mask[::-1]])
def test_each_pixel_is_as_likely(layout: Any) -> None:
    mask = np.zeros((5, 6), np.uint8)
    mask[[0, 0, 2, 4, 4, 4], [0, 5, 3, 0, 1, 5]] = 7
    mask = layout(mask)
    pixels, generator = ClassPixels(mask, 7), random.Random(0)
    drawn = Counter(pixels.draw(generator) for _ in range(6000))
    assert set(drawn) == set(zip(*np.nonzero(mask == 7), strict=True))
    # Chi-squared with 5 degrees of freedom exceeds 20.5 once in a thousand times.
    assert sum((count - 1000) ** 2 / 1000 for count in drawn.values()) < 20.5
