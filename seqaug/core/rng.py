"""The one place where chance comes from: a generator is made of the seed and of what is drawn, and of nothing else.

`numpy.random.SeedSequence` hashes what it is given, so seed 0 in epoch 1 has nothing in common with seed 1 in epoch 0.
"""

from __future__ import annotations

import random

import numpy as np

# The first number of every key, so that no two kinds of draw share a stream.
_ORDER, _SAMPLE, _SPLIT, _CLASS, _ROUNDING, _MIXTURE, _LOAD = range(7)


def order_generator(seed: int, turn: int) -> np.random.Generator:
    """Make the generator that orders epoch (or pass over the samples) number `turn`."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(_ORDER, turn)))


def class_generator(seed: int, class_id: int, turn: int) -> np.random.Generator:
    """Make the generator of passes number `turn` over the samples that are drawn for a class."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(_CLASS, class_id, turn)))


def rounding_generator(seed: int) -> np.random.Generator:
    """Make the generator that says whose share of the first epoch is rounded up."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(_ROUNDING,)))


def mixture_generator(seed: int, epoch: int) -> np.random.Generator:
    """Make the generator that mixes what was drawn for the classes in an epoch."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(_MIXTURE, epoch)))


def split_generator(seed: int) -> np.random.Generator:
    """Make the generator that splits samples into training and validation."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(_SPLIT,)))


def sample_generators(seed: int, epoch: int, position: int) -> tuple[np.random.Generator, random.Random]:
    """Make the two generators (NumPy's and Python's) that augment the sample at a position of an epoch."""
    sequence = np.random.SeedSequence(seed, spawn_key=(_SAMPLE, epoch, position))
    python_seed = int.from_bytes(sequence.generate_state(4).tobytes(), "little")
    return np.random.default_rng(sequence), random.Random(python_seed)


def load_generator(seed: int, epoch: int, position: int) -> np.random.Generator:
    """Make the generator from which a subclass's `load` draws for the sample at a position of an epoch."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(_LOAD, epoch, position)))
