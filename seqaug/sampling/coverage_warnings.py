"""What a strategy leaves out, told where that is probably not meant, and what would bring it in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from seqaug.sampling.class_uniform import ClassUniform
from seqaug.sampling.factory import Strategy, strategy_of, weights_of
from seqaug.sampling.rare_class import RareClass
from seqaug.sampling.sampling_shares import SamplingShares
from seqaug.statistics.counts import ClassCounts

# Told are: more samples than this that never come, a class that as many positions as this are drawn for, and a sample
# that takes as many of them as this.
_MANY_NEVER = 1 / 3
_NEARLY_ALL = 0.9
_MUCH = 0.25
# Where there are fewer samples or classes, one of them takes as much by right.
_FEW_SAMPLES = 8
_FEW_CLASSES = 3
# What may be advised, from what changes least; a class should then take no more than about half of the positions.
_FRACTIONS = (0.5, 0.25)
_TEMPERATURES = (0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 100.0)
_MIN_PIXELS = (2000, 1000, 500, 200, 100, 50, 20, 10, 5, 1)
_HALF = 0.5


def doubts_about(
    oversample: Any, counts: ClassCounts | None, length: int, class_names: Sequence[str] | None
) -> Iterator[str]:
    """Say, in figures, which samples never come and what takes nearly all positions, and what to set instead.

    Nothing is said where up to a third of the samples never come, no class of three or more takes 90 % of the
    positions, and no sample of eight or more takes a quarter of them.

    Args:
        oversample: a strategy or the name of one, or one weight per sample, as `make_order` has taken it.
        counts: the pixels of each class in each sample; None beside weights.
        length: positions in an epoch.
        class_names: the names of the classes in id order, or None.
    """
    strategy = strategy_of(oversample)
    if strategy is None or counts is None:
        weights = weights_of(oversample, len(oversample))
        # A weight of 0 is a choice.
        chosen = weights[weights > 0]
        shares = SamplingShares(chosen / chosen.sum())
        found = _found(shares, np.flatnonzero(weights), ())
        title, cure = "one weight per sample", "; expected weights that differ less: their square roots, say"
    else:
        names = [f"class {number}" for number in range(counts.num_classes)] if class_names is None else class_names
        shares = strategy.shares(counts, length)
        found = _found(shares, range(len(counts)), names)
        title, cure = repr(oversample), ""
        if found:
            cure = _cure(strategy, counts, length)
    if found:
        yield f"oversample={title}: {', '.join(found)}{cure}"


def _found(shares: SamplingShares, indices: Sequence[int] | np.ndarray[Any, Any], names: Sequence[str]) -> list[str]:
    found = []
    never = shares.never
    num_samples = len(shares.samples)
    if np.count_nonzero(never) > _MANY_NEVER * num_samples:
        found.append(f"{np.count_nonzero(never):,} of {num_samples:,} samples never come")
    if shares.drawn_for is not None:
        most = int(shares.drawn_for.argmax())
        is_one_of_many = np.count_nonzero(shares.drawn_for) >= _FEW_CLASSES
        if shares.drawn_for[most] >= _NEARLY_ALL and (found or is_one_of_many):
            found.append(f"{names[most]!r} takes {shares.drawn_for[most]:.1%} of the positions")
    first = int(shares.samples.argmax())
    if num_samples >= _FEW_SAMPLES and shares.samples[first] >= _MUCH:
        found.append(f"sample {indices[first]} alone takes {shares.samples[first]:.1%} of the positions")
    return found


def _cure(strategy: Strategy, counts: ClassCounts, length: int) -> str:
    for better in _milder(strategy, counts):
        shares = better.shares(counts, length)
        if not _found(shares, range(len(counts)), [""] * counts.num_classes):
            never = np.count_nonzero(shares.never)
            come = f"{len(counts) - never:,} of {len(counts):,} samples come"
            most = "" if shares.drawn_for is None else f", and no class takes more than {shares.drawn_for.max():.1%}"
            return f"; with oversample={better!r} {come}{most}"
    return '; with oversample="repeat_factor" every sample comes'


def _milder(strategy: Strategy, counts: ClassCounts) -> Iterator[Strategy]:
    """Give strategies of the same kind that lean less to rare classes, the nearest first."""
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
