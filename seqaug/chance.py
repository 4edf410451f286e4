"""The one place where chance comes from: a generator is made of the seed and of what is drawn, and of nothing else.

`numpy.random.SeedSequence` hashes what it is given, so seed 0 in epoch 1 has nothing in common with seed 1 in epoch 0.
"""

from __future__ import annotations

import random

import numpy as np

# The first number of every key, so that no two kinds of draw share a stream.
_ORDER, _SAMPLE, _SPLIT = range(3)


def order_generator(seed: int, turn: int) -> np.random.Generator:
    """Make the generator that orders epoch (or pass over the samples) number `turn`."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(_ORDER, turn)))


def split_generator(seed: int) -> np.random.Generator:
    """Make the generator that splits samples into training and validation."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(_SPLIT,)))


def sample_generators(seed: int, epoch: int, position: int) -> tuple[np.random.Generator, random.Random]:
    """Make the two generators (NumPy's and Python's) that augment the sample at a position of an epoch."""
    sequence = np.random.SeedSequence(seed, spawn_key=(_SAMPLE, epoch, position))
    python_seed = int.from_bytes(sequence.generate_state(4).tobytes(), "little")
    return np.random.default_rng(sequence), random.Random(python_seed)
