"""Rows of what is no training data: counts, answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from seqaug.core.layout import Layout

Array = np.ndarray[Any, Any]


class RawRows:
    """The half of a processor of rows that writes its samples' arrays as they are."""

    def layout(self, sample: Mapping[str, Array]) -> Layout:
        """Give the shape and dtype that each array of a sample has in a batch."""
        return {name: (array.shape, array.dtype) for name, array in sample.items()}

    def write(self, sample: Mapping[str, Array], row: Mapping[str, Array]) -> None:
        """Write the arrays of a sample into the views of its row."""
        for name, array in sample.items():
            row[name][...] = array
