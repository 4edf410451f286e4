"""Each sample stands at consecutive positions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqaug.sampling.repeats import RepeatedSampler, checked_repeats
from seqaug.sampling.samplers import EpochIndices, ShuffleSampler


@given(st.integers(1, 9), st.integers(1, 20), st.integers(2, 5), st.integers(0, 3))
def test_position_p_is_a_repeat_of_sample_p_div_repeats(num: int, length: int, repeats: int, epoch: int) -> None:
    read = ShuffleSampler(num, length, 0)(epoch)
    repeated = RepeatedSampler(ShuffleSampler(num, length, 0), repeats)(epoch)
    assert len(repeated.samples) == length * repeats
    assert all(repeated.samples[p] == read.samples[p // repeats] for p in range(length * repeats))
    assert repeated.classes is None


def test_classes_are_repeated_too() -> None:
    read = EpochIndices(np.array([4, 2]), np.array([1, -1], np.int32))
    repeated = RepeatedSampler(lambda epoch: read, 3)(0)
    assert [repeated.class_at(position) for position in range(6)] == [1, 1, 1, None, None, None]


@pytest.mark.parametrize(
    ("repeats", "batch_size", "message"),
    [
        (3, 8, r"batch_size=8 is no multiple of repeats=3, .*; expected batch_size=6 or 9$"),
        (16, 8, r"batch_size=8 is no multiple of repeats=16, .*; expected batch_size=16$"),
        (0, 8, r"repeats=0; expected at least 1"),
        (-1, 8, r"repeats=-1; expected at least 1"),
    ],
)
def test_impossible_repeats(repeats: int, batch_size: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        checked_repeats(repeats, batch_size)


@pytest.mark.parametrize("repeats", [2.0, "2", None])
def test_repeats_of_other_types(repeats: object) -> None:
    with pytest.raises(TypeError, match="repeats"):
        checked_repeats(repeats, 8)
