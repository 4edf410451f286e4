"""Rows that hold results of a job instead of training data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from seqaug.core.layout import Layout

Array = np.ndarray[Any, Any]


class RawRows:
    """Base of sample processors that write the arrays of their samples unchanged."""

    def layout(self, sample: Mapping[str, Array]) -> Layout:
        """Return the shape and dtype of each array of a sample in a batch."""
        return {name: (array.shape, array.dtype) for name, array in sample.items()}

    def write(self, sample: Mapping[str, Array], row: Mapping[str, Array]) -> None:
        """Write the arrays of a sample into the views of its row."""
        for name, array in sample.items():
            row[name][...] = array
