"""Where a partner lies over a sample."""

import random

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from seqaug.augmentation.mixing.overlap import Overlap

sizes = st.tuples(st.integers(1, 9), st.integers(1, 9))


@given(sizes, sizes, st.integers(0, 99))
def test_the_shorter_lies_in_the_longer(size: tuple[int, int], other: tuple[int, int], seed: int) -> None:
    overlap = Overlap.draw((*size, 3), (*other, 3), random.Random(seed))
    assert (overlap.height, overlap.width) == tuple(np.minimum(size, other))
    assert overlap.of_sample(np.zeros(size)).shape == overlap.of_partner(np.zeros(other)).shape
    assert overlap.of_sample(np.zeros(size)).shape == (overlap.height, overlap.width)


def test_every_place_is_drawn_and_equal_sizes_lie_upon_each_other() -> None:
    generator = random.Random(0)
    places = {Overlap.draw((4, 4), (2, 6), generator)[:4] for _ in range(200)}
    assert places == {(y, 0, 0, x) for y in range(3) for x in range(3)}
    assert Overlap.draw((4, 5), (4, 5), generator) == (0, 0, 0, 0, 4, 5)
    assert Overlap(1, 2, 3, 4, 5, 6).part(1, 1, 2, 2) == (2, 3, 4, 5, 2, 2)
