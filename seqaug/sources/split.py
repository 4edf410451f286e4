"""Splitting samples into training and validation."""

from __future__ import annotations

from typing import Any

import numpy as np

from seqaug.core.rng import split_generator
from seqaug.sources.stratified_split import stratified_choice
from seqaug.statistics.counts import ClassCounts


def split_indices(
    num_samples: int,
    validation_split: float,
    subset: str | None,
    seed: int,
    counts: ClassCounts | None = None,
) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Choose the samples of one part; the two parts are disjoint and together everything.

    Args:
        num_samples: how many there are.
        validation_split: the share that goes to validation, above 0 and below 1; rounded to whole samples, at least
            one in each part.
        subset: "training" or "validation".
        seed: the same seed gives the same split.
        counts: pixels of each class in each sample, for parts of the same sizes that contain each class in as large
            a share of their samples (iterative stratification); None: samples are drawn regardless.

    Returns:
        The indices of the part, ascending.

    Raises:
        ValueError: an argument is out of range, or there are fewer than two samples.
    """
    if subset not in ("training", "validation"):
        raise ValueError(f'subset={subset!r}; expected "training" or "validation" beside validation_split')
    if not 0 < validation_split < 1:
        raise ValueError(f"validation_split={validation_split!r}; expected a share above 0 and below 1, such as 0.2")
    if num_samples < 2:
        raise ValueError(f"{num_samples} sample(s) cannot be split in two; expected at least 2")
    count = min(max(round(num_samples * validation_split), 1), num_samples - 1)
    generator = split_generator(seed)
    if counts is not None:
        chosen = stratified_choice(counts, count, generator)
        return np.flatnonzero(chosen if subset == "validation" else ~chosen)
    shuffled = generator.permutation(num_samples)
    return np.sort(shuffled[:count] if subset == "validation" else shuffled[count:])
