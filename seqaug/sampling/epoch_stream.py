"""Infinite streams of passes over samples; each epoch is a slice of one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from seqaug.core.rng import class_generator

Indices = np.ndarray[Any, np.dtype[np.int64]]

# Short passes are shuffled many at a time: a generator for each would cost far more than the shuffling.
_LEAST_AT_ONCE = 4096


def slice_stream(start: int, length: int, pass_length: int, make_pass: Callable[[int], Indices]) -> Indices:
    """Give the elements `start` to `start + length` of an infinite stream of passes; only the passes needed are made.

    Args:
        start: the first element, from 0.
        length: the number of elements.
        pass_length: the number of elements in each pass.
        make_pass: makes a pass from its index, (pass_length,).
    """
    stop = start + length
    pass_indices = range(start // pass_length, -(-stop // pass_length))
    pieces = [
        make_pass(pass_index)[max(start - pass_index * pass_length, 0) : stop - pass_index * pass_length]
        for pass_index in pass_indices
    ]
    return np.concatenate(pieces) if pieces else np.empty(0, np.int64)


def slice_class_stream(start: int, length: int, num_images: int, seed: int, class_id: int) -> Indices:
    """Give a slice of the stream of shuffled passes over a class's images, as positions in their list, int64."""
    at_once = -(-_LEAST_AT_ONCE // num_images)

    def make_passes(pass_index: int) -> Indices:
        generator = class_generator(seed, class_id, pass_index)
        if at_once == 1:
            return generator.permutation(num_images)
        return generator.permuted(np.tile(np.arange(num_images), (at_once, 1)), axis=1).ravel()

    return slice_stream(start, length, at_once * num_images, make_passes)
