"""The laws of every strategy that draws samples for classes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from class_tables import tables
from hypothesis import example, given
from hypothesis import strategies as st

from seqaug.sampling.class_balanced import Quotas
from seqaug.sampling.class_uniform import ClassUniform
from seqaug.sampling.rare_class import RareClass
from seqaug.statistics.counts import ClassCounts

strategies = st.sampled_from(
    [ClassUniform(), ClassUniform(0.3), RareClass(), RareClass(temperature=1.0, min_pixels=40)]
)
lengths = st.integers(1, 60)
seeds = st.integers(0, 2**40)


def sampler_of(strategy: Any, table: np.ndarray, length: int, seed: int = 0, shuffle: bool = True) -> Any:
    counts = ClassCounts.from_rows(table, table.shape[1])
    return strategy.make_sampler(counts, length=length, seed=seed, shuffle=shuffle)


@given(strategies, tables, lengths, seeds, st.integers(0, 10**6), st.booleans())
def test_a_sample_contains_the_class_for_which_it_was_drawn(
    strategy: Any, table: np.ndarray, length: int, seed: int, epoch: int, shuffle: bool
) -> None:
    samples, classes = sampler_of(strategy, table, length, seed, shuffle)(epoch)
    assert samples.shape == classes.shape == (length,)
    assert (samples.dtype, classes.dtype) == (np.int64, np.int32)
    drawn_for = classes >= 0
    assert (table[samples[drawn_for], classes[drawn_for]] > 0).all()
    assert drawn_for.sum() == round(length * getattr(strategy, "fraction", 1))
    assert shuffle or (np.diff(samples) >= 0).all()


@given(strategies, tables, lengths, seeds, st.permutations(range(4)))
def test_epochs_do_not_depend_on_the_order_of_calls(
    strategy: Any, table: np.ndarray, length: int, seed: int, epochs: list[int]
) -> None:
    one = sampler_of(strategy, table, length, seed)
    for epoch in epochs:
        fresh = sampler_of(strategy, table, length, seed)(epoch)
        assert all(np.array_equal(*arrays) for arrays in zip(one(epoch), fresh, strict=True))


@given(strategies, tables, lengths, seeds, st.integers(1, 6))
def test_samples_of_a_class_are_drawn_without_replacement_across_epochs(
    strategy: Any, table: np.ndarray, length: int, seed: int, epochs: int
) -> None:
    sampler = sampler_of(strategy, table, length, seed)
    times = np.zeros_like(table)
    plain = np.zeros(len(table), int)
    for epoch in range(epochs):
        samples, classes = sampler(epoch)
        np.add.at(plain, samples[classes < 0], 1)
        np.add.at(times, (samples[classes >= 0], classes[classes >= 0]), 1)
        # After any epoch, all samples of a class were drawn equally often, or some once more.
        for column in times.T:
            drawn = column[column > 0]
            assert not len(drawn) or drawn.max() - drawn.min() <= 1
        assert plain.max() - plain.min() <= 1


def test_passes_over_a_class_continue_in_the_next_epoch() -> None:
    # One class, 10 images, 4 of them an epoch: 5 epochs are two passes.
    sampler = sampler_of(ClassUniform(), np.ones((10, 1), int), 4)
    stream = np.concatenate([sampler(epoch).samples for epoch in range(5)])
    assert np.bincount(stream).tolist() == [2] * 10
    assert np.bincount(stream[:8]).max() == 1


@pytest.mark.parametrize("strategy", [ClassUniform(), RareClass()])
def test_a_single_class_in_a_single_image(strategy: Any) -> None:
    table = np.zeros((5, 3), int)
    table[3, 1] = 7
    samples, classes = sampler_of(strategy, table, 6)(0)
    assert samples.tolist() == [3] * 6
    assert classes.tolist() == [1] * 6


@pytest.mark.parametrize("strategy", [ClassUniform(), ClassUniform(0.5), RareClass()])
def test_every_epoch_and_every_seed_has_its_own_order(strategy: Any) -> None:
    table = np.full((12, 3), 5000)
    orders = {tuple(sampler_of(strategy, table, 24, seed)(epoch).samples) for seed in range(4) for epoch in range(4)}
    assert len(orders) == 16


def test_the_classes_are_mixed_over_the_epoch() -> None:
    sampler = sampler_of(ClassUniform(), np.eye(2, dtype=int), 10)
    firsts = sum(sampler(epoch).classes[:5].sum() for epoch in range(400))
    # A class's positions in the first half of 10, drawn without replacement: 2.5 of 5 on average, variance 0.69.
    assert abs(firsts - 1000) < 4 * (400 * 0.69) ** 0.5


weights = st.lists(st.integers(0, 50) | st.integers(0, 2**40), min_size=1, max_size=12).filter(any)
positions = st.integers(0, 500)


@given(weights, positions, st.integers(0), st.integers(0, 10**6))
def test_shares_are_rounded_down_or_up(values: list[int], number: int, offset: int, epoch: int) -> None:
    quotas = Quotas(values, number, offset % sum(values))
    quota = np.subtract(quotas.before(epoch + 1), quotas.before(epoch))
    assert quota.sum() == number
    for value, got in zip(values, quota.tolist(), strict=True):
        assert number * value // sum(values) <= got <= -(-number * value // sum(values))


# The step that is nearest to the golden section leaves 32 positions here.
@example([494_324, 495_260], 1, 0, 33_327)
@given(weights, positions, st.integers(0), st.integers(0, 10**6))
def test_shares_are_kept_over_the_epochs(values: list[int], number: int, offset: int, epochs: int) -> None:
    got = Quotas(values, number, offset % sum(values)).before(epochs)
    for value, positions_got in zip(values, got, strict=True):
        # Multiples of the golden ratio deviate by no more than a few times the logarithm of their number.
        assert abs(positions_got - epochs * number * value / sum(values)) < 2 + 2 * np.log2(1 + epochs)


@given(st.lists(st.integers(0, 4), min_size=1, max_size=6).filter(any), positions, st.integers(0), st.integers(0, 40))
def test_the_closed_form_is_the_sum(values: list[int], number: int, offset: int, epochs: int) -> None:
    total = sum(values)
    quotas = Quotas(values, number, offset % total)
    # Offsets one by one; after `total` epochs each occurred once.
    offsets = [(offset + epoch * quotas._step) % total for epoch in range(epochs)]
    ends = np.cumsum([0, *values]) * number
    until = np.array([sum((int(end) + offset) // total for offset in offsets) for end in ends])
    assert quotas.before(epochs) == np.diff(until).tolist()
    assert quotas.before(total) == [number * value for value in values]
