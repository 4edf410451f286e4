"""What a row of a batch looks like."""

from typing import Any

import numpy as np

Place = tuple[tuple[int, ...], np.dtype[Any]]
"""The shape and dtype of one array of a row."""

Layout = dict[str, Place]
"""Those of each array, by name."""
