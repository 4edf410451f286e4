"""Generators: equal streams for equal keys, and unrelated ones for others."""

import itertools
import random

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from seqaug.core.rng import (
    class_generator,
    load_generator,
    mixture_generator,
    order_generator,
    rounding_generator,
    sample_generators,
    split_generator,
)

numbers = st.integers(0, 2**40)


FROZEN_ORDER = [1, 3, 0, 7, 2, 5, 6, 4]
FROZEN_VALUES = (
    0.6628620062833054,
    0.2154372820138356,
    0.6308632037781755,
    0.6670777978315356,
    0.5719393296278221,
    0.5190443992396858,
)


def sample_values(seed: int, epoch: int, position: int) -> tuple[float, ...]:
    generator, python = sample_generators(seed, epoch, position)
    return (*generator.random(4), python.random(), python.random())


@given(numbers, numbers, numbers)
def test_the_same_key_gives_the_same_values(seed: int, epoch: int, position: int) -> None:
    assert sample_values(seed, epoch, position) == sample_values(seed, epoch, position)


def test_no_two_keys_share_a_value() -> None:
    keys = list(itertools.product(range(5), range(5), range(5)))
    values = [sample_values(*key) for key in keys]
    for column in zip(*values, strict=True):
        assert len(set(column)) == len(keys)


def test_no_two_purposes_share_a_stream() -> None:
    firsts = [order_generator(seed, pass_index).random() for seed in range(5) for pass_index in range(5)]
    firsts += [split_generator(seed).random() for seed in range(5)]
    firsts += [rounding_generator(seed).random() for seed in range(5)]
    firsts += [mixture_generator(seed, epoch).random() for seed in range(5) for epoch in range(5)]
    firsts += [class_generator(*key, pass_index).random() for key in np.ndindex(5, 5) for pass_index in range(5)]
    firsts += [sample_values(seed, epoch, 0)[0] for seed in range(5) for epoch in range(5)]
    firsts += [load_generator(seed, epoch, 0).random() for seed in range(5) for epoch in range(5)]
    assert len(set(firsts)) == len(firsts)


def test_the_values_are_frozen() -> None:
    """Changing these numbers changes the meaning of every seed: users could not repeat their runs."""
    assert order_generator(1, 2).permutation(8).tolist() == FROZEN_ORDER
    assert sample_values(1, 2, 3) == FROZEN_VALUES


@given(numbers, numbers, numbers)
def test_samples_draw_from_numpys_own_seed_sequence(seed: int, epoch: int, position: int) -> None:
    sequence = np.random.SeedSequence(seed, spawn_key=(1, epoch, position))
    python = random.Random(int.from_bytes(sequence.generate_state(4).astype("<u4").tobytes(), "little"))
    expected = (*np.random.default_rng(sequence).random(4), python.random(), python.random())
    assert sample_values(seed, epoch, position) == expected
