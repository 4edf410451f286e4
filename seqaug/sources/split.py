"""Training and validation subsets."""

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
    """Return the sample indices of one subset; both subsets are disjoint and cover all samples.

    Args:
        num_samples: number of samples.
        validation_split: share of the validation subset, above 0 and below 1; rounded to whole samples, with at least
            one in each subset.
        subset: "training" or "validation".
        seed: the same seed gives the same split.
        counts: pixels of each class in each sample, for a stratified split: subsets of the same sizes that contain
            each class in as equal a share of their samples as possible. None: a random split.

    Returns:
        Indices, ascending.

    Raises:
        ValueError: an argument is out of range, or there are fewer than two samples.
    """
    if subset not in ("training", "validation"):
        raise ValueError(f'subset={subset!r}; expected "training" or "validation" beside validation_split')
    if not 0 < validation_split < 1:
        raise ValueError(f"validation_split={validation_split!r}; expected a share above 0 and below 1, such as 0.2")
    if num_samples < 2:
        raise ValueError(f"{num_samples} sample(s) cannot be split in two; expected at least 2")
    size = min(max(round(num_samples * validation_split), 1), num_samples - 1)
    generator = split_generator(seed)
    if counts is not None:
        chosen = stratified_choice(counts, size, generator)
        return np.flatnonzero(chosen if subset == "validation" else ~chosen)
    shuffled = generator.permutation(num_samples)
    return np.sort(shuffled[:size] if subset == "validation" else shuffled[size:])
