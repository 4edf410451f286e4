"""Training and validation subsets."""

from __future__ import annotations

from typing import Any

import numpy as np

from seqaug.core.rng import split_generator
from seqaug.sources.grouped_split import balance_classes, choose_groups, deal_groups
from seqaug.sources.stratified_split import stratified_choice
from seqaug.statistics.counts import ClassCounts

Array = np.ndarray[Any, Any]
Indices = np.ndarray[Any, np.dtype[np.int64]]


def split_samples(
    num_samples: int, validation_split: float, seed: int, counts: ClassCounts | None = None, groups: Array | None = None
) -> tuple[Indices, Indices]:
    """Return the indices of the training and the validation subset, which are disjoint and cover all samples.

    Args:
        num_samples: number of samples.
        validation_split: share of the validation subset, above 0 and below 1; rounded to whole samples, with at least
            one in each subset.
        seed: the same seed gives the same split.
        counts: pixels of each class in each sample, for a stratified split: subsets that contain each class in as equal
            a share of their samples as possible. None: a random split.
        groups: number of each sample's group, 0, 1, ..., (N,): no group is in both subsets. Sizes then differ from the
            asked ones by at most half of the largest group, unless a subset is a single smallest group. None: none.

    Returns:
        Both ascending.

    Raises:
        ValueError: an argument is out of range, or there are fewer than two samples or groups.
    """
    if not 0 < validation_split < 1:
        raise ValueError(f"validation_split={validation_split!r}; expected a share above 0 and below 1, such as 0.2")
    if num_samples < 2:
        raise ValueError(f"{num_samples} sample(s) cannot be split in two; expected at least 2")
    size = min(max(round(num_samples * validation_split), 1), num_samples - 1)
    generator = split_generator(seed)
    if groups is not None:
        sizes = np.bincount(groups)
        _check_groups(len(sizes), 2)
        parts = choose_groups(sizes, num_samples * validation_split, generator)
        if counts is not None:
            shares = np.array([1 - validation_split, validation_split])
            parts = balance_classes(parts, shares, groups, counts, generator)
        is_chosen = parts[groups] == 1
    elif counts is not None:
        is_chosen = stratified_choice(counts, size, generator)
    else:
        is_chosen = np.zeros(num_samples, bool)
        is_chosen[generator.permutation(num_samples)[:size]] = True
    return np.flatnonzero(~is_chosen), np.flatnonzero(is_chosen)


def fold_samples(
    num_samples: int,
    fold: tuple[int, int],
    seed: int,
    counts: ClassCounts | None = None,
    groups: Array | None = None,
) -> tuple[Indices, Indices]:
    """Return the indices of the training and the validation subset of one of `k` folds.

    The validation subsets of the `k` folds are disjoint and cover all samples.

    Args:
        num_samples: number of samples.
        fold: (i, k): fold `i`, from 0 to `k - 1`, is the validation subset.
        seed: the same seed gives the same folds.
        counts: as for `split_samples`.
        groups: as for `split_samples`; sizes of folds differ by at most that of the largest group. Without groups, they
            differ by at most one sample.

    Raises:
        ValueError: an argument is out of range, or there are fewer samples or groups than folds.
    """
    number, num_folds = fold
    if num_samples < num_folds:
        raise ValueError(f"{num_samples} samples cannot be split into {num_folds} folds; expected k up to that")
    generator = split_generator(seed)
    if groups is not None:
        sizes = np.bincount(groups)
        _check_groups(len(sizes), num_folds)
        parts = deal_groups(sizes, num_folds, generator)
        if counts is not None:
            parts = balance_classes(parts, np.full(num_folds, 1 / num_folds), groups, counts, generator)
        folds = parts[groups]
    elif counts is not None:
        folds = _stratified_folds(counts, num_folds, generator)
    else:
        folds = np.empty(num_samples, np.int64)
        folds[generator.permutation(num_samples)] = np.arange(num_samples) % num_folds
    return np.flatnonzero(folds != number), np.flatnonzero(folds == number)


def _stratified_folds(counts: ClassCounts, num_folds: int, generator: np.random.Generator) -> Array:
    """Choose one fold after another from what is left, each by a stratified split."""
    folds = np.full(len(counts), num_folds - 1)
    left = np.arange(len(counts))
    for fold in range(num_folds - 1):
        size = round(len(left) / (num_folds - fold))
        is_chosen = stratified_choice(counts.take(left), size, generator)
        folds[left[is_chosen]] = fold
        left = left[~is_chosen]
    return folds


def _check_groups(num_groups: int, parts: int) -> None:
    if num_groups < parts:
        raise ValueError(
            f"{num_groups} group(s) cannot be split into {parts} parts, each of whole groups; expected {parts} or more"
        )
