"""Creates the sampler for an `oversample=` argument."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np

from seqaug.sampling.class_uniform import ClassUniform
from seqaug.sampling.rare_class import RareClass
from seqaug.sampling.repeat_factor import RepeatFactor
from seqaug.sampling.samplers import EpochSampler, Sampler, SequentialSampler, ShuffleSampler
from seqaug.sampling.user_sampler import CheckedSampler
from seqaug.sampling.weighted import WeightedSampler
from seqaug.statistics.class_statistics import StrategyStatistics
from seqaug.statistics.counts import ClassCounts

Strategy = ClassUniform | RepeatFactor | RareClass
StrategyName = Literal["class_uniform", "repeat_factor", "rare_class"]
Oversample = StrategyName | Strategy | Sampler | Sequence[float] | np.ndarray[Any, Any]

_BY_NAME: dict[str, Strategy] = {
    "class_uniform": ClassUniform(),
    "repeat_factor": RepeatFactor(),
    "rare_class": RareClass(),
}
_EXPECTED = (
    'expected None, "class_uniform", "repeat_factor", "rare_class", one of these with parameters (ClassUniform(...), '
    "RepeatFactor(...), RareClass(...)), a sampler (a callable that gives the indices of an epoch), or one weight per "
    "sample"
)


def make_sampler(
    oversample: Any,
    *,
    num_samples: int,
    length: int,
    seed: int,
    shuffle: bool,
    counts: Callable[[], ClassCounts],
    num_classes: int | None = None,
) -> EpochSampler:
    """Create the sampler of epochs.

    Args:
        oversample: None, a strategy, the name of one for its defaults, a sampler, or one weight per sample.
        num_samples: the number of samples.
        length: the number of positions in an epoch.
        seed: the seed of the order.
        shuffle: whether each epoch has a new order.
        counts: computes the pixels of each class in each sample; called only if needed.
        num_classes: number of classes, or None if unknown.

    Raises:
        ValueError: the strategy is unknown, a sampler gives wrong indices, no sample contains any class, or the weights
            are not one finite, non-negative number per sample.
        TypeError: `oversample` is none of these.
    """
    if oversample is None:
        return ShuffleSampler(num_samples, length, seed) if shuffle else SequentialSampler(num_samples, length)
    if is_sampler(oversample):
        return CheckedSampler(oversample, num_samples, length, num_classes)
    strategy = resolve_strategy(oversample)
    if strategy is None:
        return WeightedSampler(checked_sample_weights(oversample, num_samples), length, seed, shuffle)
    found = counts()
    if not len(found.indices):
        raise ValueError(
            f"oversample={oversample!r} found no class in any of the {num_samples} masks: every pixel is ignored; "
            "check the palette and ignore_index"
        )
    return strategy.make_sampler(found, length=length, seed=seed, shuffle=shuffle)


def is_sampler(oversample: Any) -> bool:
    """Return whether an `oversample=` argument is a sampler of the user's own."""
    return callable(oversample) and not isinstance(oversample, type)


def resolve_strategy(oversample: Any) -> Strategy | None:
    """Give the strategy of an `oversample=` argument, which may be its name; None if it is not a strategy.

    Raises:
        ValueError: there is no strategy of this name.
    """
    if not isinstance(oversample, str):
        # Anything else is weights, which are checked as such.
        return oversample if isinstance(oversample, ClassUniform | RepeatFactor | RareClass) else None
    if oversample not in _BY_NAME:
        raise ValueError(f"oversample={oversample!r}; {_EXPECTED}")
    return _BY_NAME[oversample]


def checked_sample_weights(
    oversample: Any, num_samples: int, name: str = "oversample"
) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Check weights and return them as an array of their own, (num_samples,); `name` is the argument's.

    Raises:
        TypeError: they are not numbers.
        ValueError: they are not one per sample, finite and not negative, or all are 0.
    """
    try:
        weights = np.array(oversample, np.float64)
    except (TypeError, ValueError):
        expected = _EXPECTED if name == "oversample" else "expected one weight per sample"
        if isinstance(oversample, type):
            expected = f"expected an instance of this class, {oversample.__name__}(...)"
        raise TypeError(f"{name}={oversample!r}; {expected}") from None
    if weights.shape != (num_samples,):
        raise ValueError(f"{name} has shape {weights.shape}; expected one weight per sample, ({num_samples},)")
    if not np.isfinite(weights).all() or (weights < 0).any() or not weights.any():
        raise ValueError(f"{name} has weights that are negative or not finite, or all are 0; expected weights >= 0")
    return weights


def strategy_statistics(counts: ClassCounts, chosen: Strategy | None, length: int) -> list[StrategyStatistics]:
    """Compute the effect of each strategy with its defaults, and of the chosen one.

    Args:
        counts: the pixels of each class in each sample; at least one sample contains a class.
        chosen: the user's strategy, or None.
        length: the number of positions in an epoch.
    """
    strategies: dict[str, Strategy] = dict(_BY_NAME)
    if chosen is not None and chosen not in strategies.values():
        strategies[repr(chosen)] = chosen
    statistics = []
    for name, strategy in strategies.items():
        shares = strategy.shares(counts, length)
        reached = int(np.count_nonzero(~shares.never_drawn))
        statistics.append(StrategyStatistics(name, shares.with_class(counts), shares.drawn_for, reached))
    return statistics
