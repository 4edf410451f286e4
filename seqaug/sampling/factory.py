"""From what a user asks for to the order of epochs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from seqaug.sampling.class_uniform import ClassUniform
from seqaug.sampling.rare_class import RareClass
from seqaug.sampling.repeat_factor import RepeatFactor
from seqaug.sampling.samplers import Sampler, SequentialOrder, ShuffleSampler
from seqaug.sampling.weighted import WeightedOrder
from seqaug.statistics.class_statistics import StrategyStatistics
from seqaug.statistics.counts import ClassCounts

Strategy = ClassUniform | RepeatFactor | RareClass

_BY_NAME: dict[str, Strategy] = {
    "class_uniform": ClassUniform(),
    "repeat_factor": RepeatFactor(),
    "rare_class": RareClass(),
}
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
) -> Sampler:
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
        return ShuffleSampler(num_samples, length, seed) if shuffle else SequentialOrder(num_samples, length)
    strategy = strategy_of(oversample)
    if strategy is None:
        return WeightedOrder(weights_of(oversample, num_samples), length, seed, shuffle)
    found = counts()
    if not len(found.indices):
        raise ValueError(
            f"oversample={oversample!r} found no class in any of the {num_samples} masks: every pixel is ignored; "
            "check the palette and ignore_index"
        )
    return strategy.order(found, length=length, seed=seed, shuffle=shuffle)


def strategy_of(oversample: Any) -> Strategy | None:
    """Give the strategy that is asked for, by itself or by name; None where there is none.

    Raises:
        ValueError: there is none of this name.
    """
    if not isinstance(oversample, str):
        # Anything else is weights, or will be found to be none.
        return oversample if isinstance(oversample, ClassUniform | RepeatFactor | RareClass) else None
    if oversample not in _BY_NAME:
        raise ValueError(f"oversample={oversample!r}; {_EXPECTED}")
    return _BY_NAME[oversample]


def weights_of(oversample: Any, num_samples: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Give weights as an array, checked, (num_samples,).

    Raises:
        TypeError: they are no numbers.
        ValueError: they are not one a sample, finite and not negative, or all are 0.
    """
    try:
        weights = np.asarray(oversample, np.float64)
    except (TypeError, ValueError):
        raise TypeError(f"oversample={oversample!r}; {_EXPECTED}") from None
    if weights.shape != (num_samples,):
        raise ValueError(f"oversample has shape {weights.shape}; expected one weight per sample, ({num_samples},)")
    if not np.isfinite(weights).all() or (weights < 0).any() or not weights.any():
        raise ValueError("oversample has weights that are negative or not finite, or all are 0; expected weights >= 0")
    return weights


def strategy_statistics(counts: ClassCounts, chosen: Strategy | None, length: int) -> list[StrategyStatistics]:
    """Say what each strategy, with its defaults, and the one that was chosen make of the samples.

    Args:
        counts: the pixels of each class in each sample; at least one sample contains a class.
        chosen: a strategy with parameters of its own, or None.
        length: positions in an epoch.
    """
    strategies: dict[str, Strategy] = dict(_BY_NAME)
    if chosen is not None and chosen not in strategies.values():
        strategies[repr(chosen)] = chosen
    statistics = []
    for name, strategy in strategies.items():
        shares = strategy.shares(counts, length)
        reached = int(np.count_nonzero(~shares.never))
        statistics.append(StrategyStatistics(name, shares.with_class(counts), shares.drawn_for, reached))
    return statistics
