"""The arguments that split samples into training and validation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from seqaug.sequence.arguments import Subset
from seqaug.sources.split import split_indices
from seqaug.statistics.counts import ClassCounts
from seqaug.utils.validation import whole_number


@dataclass(frozen=True)
class Split:
    """Arguments of a split; see `SegmentationSequence.from_directory`."""

    validation_split: float | None = None
    subset: Subset | None = None
    stratify: bool = False

    @property
    def needs_counts(self) -> bool:
        """Whether the split depends on the classes of each sample."""
        return self.stratify and self.validation_split is not None

    def indices(
        self, num_samples: int, arguments: Mapping[str, Any], counts: ClassCounts | None
    ) -> np.ndarray[Any, np.dtype[np.int64]] | None:
        """Return the indices of the requested subset, ascending, or None for all samples.

        Args:
            num_samples: number of samples.
            arguments: of the sequence; its `seed` decides the split.
            counts: class counts of each sample, where `needs_counts`.

        Raises:
            ValueError: an argument is missing or out of range.
        """
        if self.validation_split is None:
            if self.subset is not None or self.stratify:
                argument = "stratify=True" if self.subset is None else f"subset={self.subset!r}"
                raise ValueError(f"{argument} without validation_split; expected both, or neither")
            return None
        seed = whole_number("seed", arguments.get("seed", 0), 0)
        return split_indices(num_samples, self.validation_split, self.subset, seed, counts)
