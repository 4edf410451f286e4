"""From what a user asks for to the order of epochs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from seqaug.sampling.balanced import ClassUniformOrder, WeightedOrder
from seqaug.sampling.order import Order, SequentialOrder, ShuffledOrder


def make_order(
    oversample: Any,
    *,
    num_samples: int,
    length: int,
    seed: int,
    shuffle: bool,
    presence: Callable[[], np.ndarray[Any, np.dtype[np.bool_]]],
) -> Order:
    """Make the order of epochs.

    Args:
        oversample: None, "class_uniform", or one weight per sample.
        num_samples: how many samples there are.
        length: positions in an epoch.
        seed: of the order.
        shuffle: whether each epoch has a new order.
        presence: finds out which sample contains which class, shape (num_samples, num_classes), bool; called only
            where it is needed.

    Raises:
        ValueError: the strategy is unknown, or the weights are not one finite, non-negative number a sample.
    """
    if oversample is None:
        return ShuffledOrder(num_samples, length, seed) if shuffle else SequentialOrder(num_samples, length)
    if isinstance(oversample, str):
        if oversample != "class_uniform":
            raise ValueError(f'oversample={oversample!r}; expected None, "class_uniform" or one weight per sample')
        return ClassUniformOrder(presence(), length, seed, shuffle)
    weights = np.asarray(oversample, np.float64)
    if weights.shape != (num_samples,):
        raise ValueError(f"oversample has shape {weights.shape}; expected one weight per sample, ({num_samples},)")
    if not np.isfinite(weights).all() or (weights < 0).any() or not weights.any():
        raise ValueError("oversample has weights that are negative or not finite, or all are 0; expected weights >= 0")
    return WeightedOrder(weights, length, seed, shuffle)
