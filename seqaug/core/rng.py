"""Random generators, the only source of randomness: each is derived from the seed and from what it is for.

`numpy.random.SeedSequence` hashes its key, so the streams of seed 0 in epoch 1 and of seed 1 in epoch 0 are unrelated.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from seqaug.core.seed_sequence import KeyedSeedSequence

# First number of every key, so that no two purposes share a stream.
_ORDER, _SAMPLE, _SPLIT, _CLASS, _ROUNDING, _MIXTURE, _LOAD, _PARTNER, _PARTS, _FILES = range(10)


def order_generator(seed: int, pass_index: int) -> np.random.Generator:
    """Generator that orders an epoch, or a pass over the samples."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(_ORDER, pass_index)))


def class_generator(seed: int, class_id: int, pass_index: int) -> np.random.Generator:
    """Generator that orders a pass over the samples of a class."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(_CLASS, class_id, pass_index)))


def rounding_generator(seed: int) -> np.random.Generator:
    """Generator that chooses which shares of the first epoch are rounded up."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(_ROUNDING,)))


def mixture_generator(seed: int, epoch: int) -> np.random.Generator:
    """Generator that mixes the samples drawn for the classes of an epoch."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(_MIXTURE, epoch)))


def parts_generator(seed: int, epoch: int) -> np.random.Generator:
    """Generator that mixes the parts of a mixture in an epoch."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(_PARTS, epoch)))


def files_generator(seed: int, epoch: int) -> np.random.Generator:
    """Generator that orders the files of an epoch, where samples are cut from files."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(_FILES, epoch)))


def split_generator(seed: int) -> np.random.Generator:
    """Generator that splits samples into training and validation."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(_SPLIT,)))


def sample_generators(seed: int, epoch: int, position: int) -> tuple[np.random.Generator, random.Random]:
    """Generators, NumPy's and Python's, that augment the sample at a position of an epoch."""
    sequence = KeyedSeedSequence(seed, (_SAMPLE, epoch), position)
    python_seed = sum(word << 32 * place for place, word in enumerate(sequence.words[:4]))
    # NumPy takes any `ISeedSequence`, which its annotations do not say.
    return np.random.Generator(np.random.PCG64(sequence)), random.Random(python_seed)  # type: ignore[arg-type]


def load_generator(seed: int, epoch: int, position: int, partner: tuple[int, ...] = ()) -> np.random.Generator:
    """Generator that a subclass's `load` takes as `rng` for the sample at a position of an epoch, or its partner."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(_LOAD, epoch, position, *partner)))


def partner_generator(seed: int, epoch: int, position: int, place: int, call: int) -> np.random.Generator:
    """Generator that draws which samples one is mixed with, for a call of the transform at a place."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(_PARTNER, epoch, position, place, call)))


@contextmanager
def global_state_kept() -> Iterator[None]:
    """Restore the global random state, from which code of the user may draw."""
    states = random.getstate(), np.random.get_state()  # noqa: NPY002
    try:
        yield
    finally:
        random.setstate(states[0])
        np.random.set_state(states[1])  # noqa: NPY002
