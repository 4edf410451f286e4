"""Tiles and their weights."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqaug.inference.tiling import BLENDS, tile_axis


@given(st.integers(1, 60), st.integers(1, 25), st.floats(0, 0.95), st.sampled_from(BLENDS))
def test_weights_sum_to_one_at_every_pixel(length: int, window: int, overlap: float, blend: str) -> None:
    axis = tile_axis(length, window, overlap, blend)
    sums = np.zeros(length)
    for number in range(len(axis.starts)):
        sums[axis.inside(number)] += axis.weights[number, axis.of_tile(number)]
    np.testing.assert_allclose(sums, 1, atol=1e-6)


@given(st.integers(1, 300), st.integers(1, 50), st.floats(0, 0.95))
def test_tiles_reach_from_edge_to_edge_and_overlap(length: int, window: int, overlap: float) -> None:
    starts = tile_axis(length, window, overlap, "average").starts
    if length <= window:
        (start,) = starts
        assert start <= 0
        assert start + window >= length
        return
    assert starts[0] == 0
    assert starts[-1] == length - window
    steps = np.diff(starts)
    assert (steps >= 1).all()
    assert (steps <= max(round(window * (1 - overlap)), 1)).all()


def test_crop_takes_the_tile_whose_middle_is_nearest() -> None:
    axis = tile_axis(10, 6, 0.3, "crop")
    assert axis.starts == [0, 4]
    np.testing.assert_array_equal(axis.weights, [[1, 1, 1, 1, 1, 0], [0, 1, 1, 1, 1, 1]])


def test_gaussian_weights_fall_off_towards_the_border() -> None:
    axis = tile_axis(12, 8, 0.5, "gaussian")
    assert axis.weights[0, :4] == pytest.approx(1)
    assert (np.diff(axis.weights[0, 4:]) < 0).all()
