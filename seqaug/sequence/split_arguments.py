"""Which part of the samples a sequence is made of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from seqaug.sources.split import split_indices
from seqaug.statistics.counts import ClassCounts
from seqaug.utils.validation import whole_number


class Split(NamedTuple):
    """How samples are split; see `SegmentationSequence.from_directory`."""

    validation_split: float | None
    subset: str | None
    stratify: bool

    @property
    def needs_counts(self) -> bool:
        """Whether it depends on which classes each sample has."""
        return self.stratify and self.validation_split is not None

    def chosen(
        self, num_samples: int, arguments: Mapping[str, Any], counts: ClassCounts | None
    ) -> np.ndarray[Any, np.dtype[np.int64]] | None:
        """Give the samples of the part that was asked for, ascending, or None for all of them.

        Args:
            num_samples: how many there are.
            arguments: those of the sequence, of which the seed says how to split.
            counts: which classes each sample has, where that is needed.

        Raises:
            ValueError: an argument is missing or out of range.
        """
        if self.validation_split is None:
            if self.subset is not None or self.stratify:
                asked = "stratify=True" if self.subset is None else f"subset={self.subset!r}"
                raise ValueError(f"{asked} without validation_split; expected both, or neither")
            return None
        seed = whole_number("seed", arguments.get("seed", 0), 0)
        return split_indices(num_samples, self.validation_split, self.subset, seed, counts)
