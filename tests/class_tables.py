"""Tables of pixels of each class in each sample, for tests of what is computed from them."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st


def class_tables(largest: int = 2**32 - 1, max_samples: int = 20) -> st.SearchStrategy[np.ndarray]:
    """(samples, classes), int64, of which many are 0; there may be no sample."""
    number = st.integers(0, min(3, largest)) | st.integers(0, largest)
    return st.integers(1, 8).flatmap(
        lambda classes: st.lists(st.lists(number, min_size=classes, max_size=classes), max_size=max_samples).map(
            lambda rows: np.array(rows, np.int64).reshape(-1, classes)
        )
    )


def some_table(samples: int, classes: int, seed: int = 0) -> np.ndarray:
    """(samples, classes + 1), uint32, with about half of the classes in each, and ignored pixels last."""
    rng = np.random.default_rng(seed)
    table = rng.integers(1, 2**32, (samples, classes + 1), dtype=np.uint32)
    return table * rng.integers(0, 2, table.shape, dtype=np.uint32)
