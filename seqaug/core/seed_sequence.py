"""`numpy.random.SeedSequence` in less time, for keys that differ in their last number, as positions of an epoch do.

The hash of the numbers before it is kept. NumPy promises that the hash stays; it follows seed_seq_fe (M. O'Neill, 2015,
"Developing a seed_seq Alternative").
"""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np

_BITS = 0xFFFFFFFF
_INIT_A, _MULT_A = 0x43B0D7E5, 0x931E8875
_INIT_B, _MULT_B = 0x8B51F9DD, 0x58F38DED
_MIX_L, _MIX_R = 0xCA01F9DD, 0x4973F715
_POOL = 4  # words
_STATE = 8

# The factors by which the words of a state are hashed.
_STATE_FACTORS = [_INIT_B * pow(_MULT_B, power, 2**32) & _BITS for power in range(_STATE + 1)]
_STATE_PAIRS = tuple(pairwise(_STATE_FACTORS))


class KeyedSeedSequence(np.random.bit_generator.ISpawnableSeedSequence):
    """Gives the same words and children as `SeedSequence(seed, spawn_key=(*key, number))`.

    Args:
        seed: the seed, not negative.
        key: the first numbers of the key, one or more, not negative.
        number: the last number of the key, not negative.

    Attributes:
        words: the first 8 words of its state, below 2**32.

    Raises:
        ValueError: a number is negative.
    """

    def __init__(self, seed: int, key: tuple[int, ...], number: int) -> None:
        if number < 0:
            raise ValueError(f"number={number}; expected a non-negative one")
        self.words = _state_words(seed, key, int(number))
        self._seed, self._key = seed, (*key, number)
        self._sequence: np.random.SeedSequence | None = None

    def generate_state(self, n_words: int, dtype: Any = np.uint32) -> np.ndarray[Any, Any]:
        """Return words as `SeedSequence` does; those that seed a PCG64 are at hand."""
        if n_words == _STATE // 2 and dtype is np.uint64:
            low, high = self.words[::2], self.words[1::2]
            return np.array([a | b << 32 for a, b in zip(low, high, strict=True)], np.uint64)
        return self._full().generate_state(n_words, dtype)

    def spawn(self, n_children: int) -> list[Any]:
        """Spawn children as `SeedSequence` does."""
        return self._full().spawn(n_children)

    def _full(self) -> np.random.SeedSequence:
        if self._sequence is None:
            self._sequence = np.random.SeedSequence(self._seed, spawn_key=self._key)
        return self._sequence


@lru_cache(maxsize=64)
def _hashed(seed: int, key: tuple[int, ...]) -> tuple[list[int], int]:
    """Return the pool into which the last number of a key is mixed, and the next factor of the hash."""
    pool = np.random.SeedSequence(seed, spawn_key=key).pool
    words = max(_POOL, _word_count(seed)) + sum(map(_word_count, key))
    # How often NumPy has hashed: the first words once, each of them for the three others, each later one four times.
    hashed = _POOL * _POOL + _POOL * (words - _POOL)
    return pool.tolist(), _INIT_A * pow(_MULT_A, hashed, 2**32) & _BITS


def _word_count(number: int) -> int:
    return max(1, -(-int(number).bit_length() // 32))


def _state_words(seed: int, key: tuple[int, ...], number: int) -> list[int]:
    pool, factor = _hashed(seed, key)
    for shift in range(0, 32 * _word_count(number), 32):
        word, mixed = number >> shift & _BITS, []
        for value in pool:
            hashed = word ^ factor
            factor = factor * _MULT_A & _BITS
            hashed = hashed * factor & _BITS
            hashed ^= hashed >> 16
            value = value * _MIX_L - hashed * _MIX_R & _BITS
            mixed.append(value ^ value >> 16)
        pool = mixed
    state = []
    for value, (before, after) in zip((*pool, *pool), _STATE_PAIRS, strict=True):
        value = (value ^ before) * after & _BITS
        state.append(value ^ value >> 16)
    return state
