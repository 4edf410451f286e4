"""Warnings of strategies that leave out samples or favour a few too much, with a strategy that does not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from seqaug.sampling.class_uniform import ClassUniform
from seqaug.sampling.factory import Strategy, checked_sample_weights, is_sampler, resolve_strategy
from seqaug.sampling.rare_class import RareClass
from seqaug.sampling.sampling_shares import SamplingShares
from seqaug.statistics.counts import ClassCounts

# Limits of shares: of samples that are never drawn, of the positions of one class, and of the positions of one sample.
_MANY_NEVER = 1 / 3
_NEARLY_ALL = 0.9
_MUCH = 0.25
# With fewer samples or classes, one of them rightly takes as much.
_FEW_SAMPLES = 8
_FEW_CLASSES = 3
# Parameters to suggest, the smallest change first; a class should then take no more than about half of the positions.
_FRACTIONS = (0.5, 0.25)
_TEMPERATURES = (0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 100.0)
_MIN_PIXELS = (2000, 1000, 500, 200, 100, 50, 20, 10, 5, 1)
_HALF = 0.5


def coverage_warnings(
    oversample: Any, counts: ClassCounts | None, length: int, class_names: Sequence[str] | None
) -> Iterator[str]:
    """Warn, in figures, of samples that are never drawn and of classes and samples that take nearly all positions.

    There is no warning if at most a third of the samples are never drawn, no class of three or more takes 90 % of the
    positions, and no sample of eight or more takes a quarter of them.

    Args:
        oversample: a strategy or its name, or one weight per sample; valid, as `make_sampler` has checked.
        counts: the pixels of each class in each sample; None with weights.
        length: the number of positions in an epoch.
        class_names: the names of the classes in id order, or None.
    """
    if is_sampler(oversample):
        return
    strategy = resolve_strategy(oversample)
    if strategy is None or counts is None:
        weights = checked_sample_weights(oversample, len(oversample))
        # A weight of 0 is the user's choice.
        positive = weights[weights > 0]
        shares = SamplingShares(positive / positive.sum())
        problems = _problems(shares, np.flatnonzero(weights), ())
        title, hint = "one weight per sample", "; expected weights that differ less, such as their square roots"
    else:
        names = [f"class {number}" for number in range(counts.num_classes)] if class_names is None else class_names
        shares = strategy.shares(counts, length)
        problems = _problems(shares, range(len(counts)), names)
        title, hint = repr(oversample), ""
        if problems:
            hint = _hint(strategy, counts, length)
    if problems:
        yield f"oversample={title}: {', '.join(problems)}{hint}"


def _problems(shares: SamplingShares, indices: Sequence[int] | np.ndarray[Any, Any], names: Sequence[str]) -> list[str]:
    problems = []
    num_samples, num_never = len(shares.samples), np.count_nonzero(shares.never_drawn)
    if num_never > _MANY_NEVER * num_samples:
        problems.append(f"{num_never:,} of {num_samples:,} samples are never drawn")
    if shares.drawn_for is not None:
        most = int(shares.drawn_for.argmax())
        is_one_of_many = np.count_nonzero(shares.drawn_for) >= _FEW_CLASSES
        if shares.drawn_for[most] >= _NEARLY_ALL and (problems or is_one_of_many):
            problems.append(f"{names[most]!r} takes {shares.drawn_for[most]:.1%} of the positions")
    first = int(shares.samples.argmax())
    if num_samples >= _FEW_SAMPLES and shares.samples[first] >= _MUCH:
        problems.append(f"sample {indices[first]} alone takes {shares.samples[first]:.1%} of the positions")
    return problems


def _hint(strategy: Strategy, counts: ClassCounts, length: int) -> str:
    for milder in _milder(strategy, counts):
        shares = milder.shares(counts, length)
        if not _problems(shares, range(len(counts)), [""] * counts.num_classes):
            num_drawn = len(counts) - np.count_nonzero(shares.never_drawn)
            most = "" if shares.drawn_for is None else f", and no class takes more than {shares.drawn_for.max():.1%}"
            return f"; oversample={milder!r} draws {num_drawn:,} of {len(counts):,} samples{most}"
    return '; oversample="repeat_factor" draws every sample'


def _milder(strategy: Strategy, counts: ClassCounts) -> Iterator[Strategy]:
    """Give strategies of the same kind that favour rare classes less, the closest first."""
    if isinstance(strategy, ClassUniform):
        yield from (ClassUniform(fraction) for fraction in _FRACTIONS if fraction < strategy.fraction)
    if isinstance(strategy, RareClass):
        num_classes = np.count_nonzero(counts.samples_per_class())
        limit = max(_HALF, 1.5 / num_classes)
        for temperature in (strategy.temperature, *(other for other in _TEMPERATURES if other > strategy.temperature)):
            warmer = replace(strategy, temperature=temperature)
            if warmer.probabilities(counts).max() <= limit:
                yield warmer
                yield from (replace(warmer, min_pixels=least) for least in _MIN_PIXELS if least < warmer.min_pixels)
