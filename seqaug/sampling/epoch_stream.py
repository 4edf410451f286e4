"""Endless streams of passes, one after another, of which an epoch takes a window."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from seqaug.core.rng import class_generator

Indices = np.ndarray[Any, np.dtype[np.int64]]

# Short passes are made many at once: a generator for each would cost far more than the shuffling.
_LEAST_AT_ONCE = 4096


def window(first: int, length: int, pass_length: int, make: Callable[[int], Indices]) -> Indices:
    """Give places `first` to `first + length` of an endless stream, making no more passes than they touch.

    Args:
        first: the first place, from 0.
        length: how many places.
        pass_length: how long each pass is.
        make: gives a pass by its number, (pass_length,).
    """
    last = first + length
    turns = range(first // pass_length, -(-last // pass_length))
    pieces = [make(turn)[max(first - turn * pass_length, 0) : last - turn * pass_length] for turn in turns]
    return np.concatenate(pieces) if pieces else np.empty(0, np.int64)


def class_window(first: int, length: int, num_images: int, seed: int, class_id: int) -> Indices:
    """Give a window of the shuffled passes over a class's images, as places in their list, (length,), int64."""
    at_once = -(-_LEAST_AT_ONCE // num_images)

    def passes(turn: int) -> Indices:
        generator = class_generator(seed, class_id, turn)
        if at_once == 1:
            return generator.permutation(num_images)
        return generator.permuted(np.tile(np.arange(num_images), (at_once, 1)), axis=1).ravel()

    return window(first, length, at_once * num_images, passes)
