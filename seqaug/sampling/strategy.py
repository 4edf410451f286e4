"""From what a user asks for to the order of epochs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from seqaug.sampling.class_uniform import ClassUniform
from seqaug.sampling.order import Order, SequentialOrder, ShuffledOrder
from seqaug.sampling.rare_class import RareClass
from seqaug.sampling.repeat_factor import RepeatFactor
from seqaug.sampling.weighted import WeightedOrder
from seqaug.statistics import ClassCounts

_BY_NAME = {"class_uniform": ClassUniform(), "repeat_factor": RepeatFactor(), "rare_class": RareClass()}
_EXPECTED = (
    'expected None, "class_uniform", "repeat_factor", "rare_class", one of these with parameters (ClassUniform(...), '
    "RepeatFactor(...), RareClass(...)), or one weight per sample"
)


def make_order(
    oversample: Any,
    *,
    num_samples: int,
    length: int,
    seed: int,
    shuffle: bool,
    counts: Callable[[], ClassCounts],
) -> Order:
    """Make the order of epochs.

    Args:
        oversample: None, a strategy or the name of one with its defaults, or one weight per sample.
        num_samples: how many samples there are.
        length: positions in an epoch.
        seed: of the order.
        shuffle: whether each epoch has a new order.
        counts: finds out how many pixels of each class each sample has; called only where it is needed.

    Raises:
        ValueError: the strategy is unknown, or no sample contains any class, or the weights are not one finite,
            non-negative number a sample.
        TypeError: `oversample` is none of these.
    """
    if oversample is None:
        return ShuffledOrder(num_samples, length, seed) if shuffle else SequentialOrder(num_samples, length)
    if isinstance(oversample, str) and oversample not in _BY_NAME:
        raise ValueError(f"oversample={oversample!r}; {_EXPECTED}")
    strategy = _BY_NAME[oversample] if isinstance(oversample, str) else oversample
    if not isinstance(strategy, ClassUniform | RepeatFactor | RareClass):
        return WeightedOrder(_weights(oversample, num_samples), length, seed, shuffle)
    found = counts()
    if not len(found.classes):
        raise ValueError(
            f"oversample={oversample!r} found no class in any of the {num_samples} masks: every pixel is ignored; "
            "check the palette and ignore_index"
        )
    return strategy.order(found, length=length, seed=seed, shuffle=shuffle)


def _weights(oversample: Any, num_samples: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    try:
        weights = np.asarray(oversample, np.float64)
    except (TypeError, ValueError):
        raise TypeError(f"oversample={oversample!r}; {_EXPECTED}") from None
    if weights.shape != (num_samples,):
        raise ValueError(f"oversample has shape {weights.shape}; expected one weight per sample, ({num_samples},)")
    if not np.isfinite(weights).all() or (weights < 0).any() or not weights.any():
        raise ValueError("oversample has weights that are negative or not finite, or all are 0; expected weights >= 0")
    return weights
