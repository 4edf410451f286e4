"""The faster seed sequence: equal to NumPy's."""

import copy
import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqaug.core.seed_sequence import KeyedSeedSequence

# At the ends of 1 to 5 words, and anything between.
ends = st.builds(
    lambda power, off: max(0, 2**power + off), st.sampled_from([0, 1, 31, 32, 63, 64, 128, 160]), st.integers(-2, 2)
)
numbers = st.integers(0, 100) | ends | st.integers(0, 2**170)


@given(numbers, st.lists(numbers, min_size=1, max_size=4).map(tuple), numbers)
def test_the_words_are_those_of_numpy(seed: int, key: tuple[int, ...], number: int) -> None:
    expected = np.random.SeedSequence(seed, spawn_key=(*key, number))
    sequence = KeyedSeedSequence(seed, key, number)
    assert sequence.words == expected.generate_state(8).tolist()
    assert sequence.generate_state(4, np.uint64).tolist() == expected.generate_state(4, np.uint64).tolist()
    assert np.random.PCG64(sequence).state == np.random.PCG64(expected).state


@pytest.mark.parametrize("dtype", [np.uint32, np.uint64, "uint64", np.dtype(np.uint64)])
@pytest.mark.parametrize("count", [1, 4, 9])
def test_any_state_is_that_of_numpy(count: int, dtype: Any) -> None:
    state = KeyedSeedSequence(3, (1, 2), 7).generate_state(count, dtype)
    expected = np.random.SeedSequence(3, spawn_key=(1, 2, 7)).generate_state(count, dtype)
    assert state.dtype == expected.dtype
    assert state.tolist() == expected.tolist()


def test_generators_can_be_spawned_copied_and_pickled() -> None:
    made = np.random.Generator(np.random.PCG64(KeyedSeedSequence(3, (1, 2), 7)))
    expected = np.random.default_rng(np.random.SeedSequence(3, spawn_key=(1, 2, 7)))
    for child, other in zip([*made.spawn(2), *made.spawn(1)], [*expected.spawn(2), *expected.spawn(1)], strict=True):
        assert child.random() == other.random()
    values = expected.random(5).tolist()
    for copied in (copy.deepcopy(made), pickle.loads(pickle.dumps(made))):
        assert copied.random(5).tolist() == values


def test_numbers_of_numpy_are_taken() -> None:
    sequence = KeyedSeedSequence(np.uint32(2**31), (np.int64(1), np.int64(2**31)), np.int64(2**31 + 5))
    assert sequence.words == KeyedSeedSequence(2**31, (1, 2**31), 2**31 + 5).words


@pytest.mark.parametrize(("seed", "key", "number"), [(-1, (1,), 0), (1, (-1,), 0), (1, (1,), -1)])
def test_negative_numbers_are_errors(seed: int, key: tuple[int, ...], number: int) -> None:
    with pytest.raises(ValueError, match="non-negative"):
        KeyedSeedSequence(seed, key, number)
