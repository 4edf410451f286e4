"""Sequential and shuffled samplers."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from seqaug.sampling.samplers import EpochIndices, SequentialSampler, ShuffleSampler

counts = st.integers(1, 40)


@given(counts, counts, st.integers(0, 5))
def test_sequential(num_samples: int, length: int, epoch: int) -> None:
    assert SequentialSampler(num_samples, length)(epoch).samples.tolist() == [i % num_samples for i in range(length)]


@given(counts, counts, st.integers(0, 2**32), st.integers(0, 7))
def test_samples_are_drawn_without_replacement(num_samples: int, length: int, seed: int, epochs: int) -> None:
    sampler = ShuffleSampler(num_samples, length, seed)
    shown = [sampler(epoch).samples for epoch in range(epochs)]
    assert [len(indices) for indices in shown] == [length] * epochs
    stream = np.concatenate([*shown, np.empty(0, int)])
    for start in range(0, len(stream), num_samples):
        one_pass = stream[start : start + num_samples].tolist()
        assert len(set(one_pass)) == len(one_pass)
        assert set(one_pass) <= set(range(num_samples))


@given(st.integers(0, 2**32), st.permutations(range(4)))
def test_epochs_do_not_depend_on_the_order_of_calls(seed: int, epochs: list[int]) -> None:
    fresh = {epoch: ShuffleSampler(9, 5, seed)(epoch).samples.tolist() for epoch in range(4)}
    one = ShuffleSampler(9, 5, seed)
    assert {epoch: one(epoch).samples.tolist() for epoch in epochs} == fresh


def test_every_epoch_and_every_seed_has_its_own_order() -> None:
    orders = [tuple(ShuffleSampler(20, 20, seed)(epoch).samples) for seed in range(4) for epoch in range(4)]
    assert len(set(orders)) == 16


def test_all_positions_are_equally_likely() -> None:
    shown = np.stack([ShuffleSampler(6, 6, 0)(epoch).samples for epoch in range(1200)])
    seen = np.stack([(shown == sample).sum(axis=0) for sample in range(6)])
    expected = 1200 / 6
    # Chi-squared, 25 degrees of freedom; 52.6 is exceeded once in a thousand seeds.
    assert ((seen - expected) ** 2 / expected).sum() < 52.6


def test_the_order_is_frozen() -> None:
    """A change of these numbers changes the meaning of users' seeds: their runs could not be reproduced."""
    assert ShuffleSampler(8, 8, 1)(2).samples.tolist() == [1, 3, 0, 7, 2, 5, 6, 4]


def test_the_class_at_a_position() -> None:
    indices = EpochIndices(np.array([7, 8]), np.array([-1, 3], np.int32))
    assert [indices.class_at(0), indices.class_at(1)] == [None, 3]
    assert EpochIndices(np.array([7, 8]), None).class_at(1) is None
