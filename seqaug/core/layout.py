"""Layout of a row of a batch."""

from typing import Any

import numpy as np

ArraySpec = tuple[tuple[int, ...], np.dtype[Any]]
"""Shape and dtype of one array of a row."""

Layout = dict[str, ArraySpec]
"""The spec of each array of a row, by name."""
