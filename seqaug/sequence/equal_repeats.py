"""Repeats that are all the same: warnings at construction, and a check of the first batch."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from seqaug.augmentation.augmenter import Augmenter
from seqaug.augmentation.determinism import same_arrays
from seqaug.pipeline.pipeline import Pipeline
from seqaug.sequence.first_batch import FirstBatch

_TRIALS = 8


def repeats_warnings(repeats: int, augmenter: Augmenter | None, *, takes_rng: bool) -> Iterator[str]:
    """Yield warnings of what makes `repeats` useless.

    Args:
        repeats: the argument, at least 2.
        augmenter: the transform, or None.
        takes_rng: whether a subclass's `load` draws random numbers.
    """
    if takes_rng:
        yield (
            f"repeats={repeats} reads no sample less: load(self, index, rng) gives another sample at each position, so "
            "that it is called for each row; expected load(self, index), with all randomness in transform=, or "
            "repeats=1"
        )
    elif augmenter is None:
        yield (
            f"repeats={repeats} without transform=: the {repeats} rows of a sample are the same; expected a random "
            "transform, or repeats=1"
        )


class EqualRepeatsCheck:
    """Finds a transform without randomness, with which all rows of a sample are the same; a check of the first batch.

    Args:
        pipeline: makes samples.
        augmenter: its transform.
        repeats: the rows of a sample, at least 2.
    """

    def __init__(self, pipeline: Pipeline, augmenter: Augmenter, repeats: int) -> None:
        self._pipeline = pipeline
        self._augmenter = augmenter
        self._repeats = repeats

    def __call__(self, first: FirstBatch) -> Iterator[str]:
        """Yield a warning if it is so."""
        rows = slice(min(self._repeats, len(first.batch["index"])))
        if any(np.any(array[rows] != array[0]) for array in first.batch.values()):
            return
        # What is applied by chance may have been left out each time.
        if self._augmenter.applies_by_chance or any(self._differs(first, position) for position in range(_TRIALS)):
            return
        yield (
            f"repeats={self._repeats} with a transform that gives the same result each time: the {self._repeats} rows "
            "of a sample are the same; expected a random transform, or repeats=1 (and what is not random in prepare=)"
        )

    def _differs(self, first: FirstBatch, position: int) -> bool:
        again = self._pipeline.augmented(first.loaded, first.request._replace(position=position))
        return not same_arrays(again, first.augmented)
