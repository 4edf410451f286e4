"""Tables of pixel counts by sample and class."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from hypothesis import strategies as st

from seqaug.palette.palette import Palette

# (samples, classes), with classes absent from some or all samples, and samples without classes, but not only those.
tables = (
    st.integers(1, 8)
    .flatmap(
        lambda classes: st.lists(
            st.lists(st.sampled_from([0, 0, 1, 40, 3000, 10**6]), min_size=classes, max_size=classes),
            min_size=1,
            max_size=20,
        ).map(np.array)
    )
    .filter(np.any)
)


@lru_cache(maxsize=1)
def camvid_table(folder: Path) -> np.ndarray:
    """Count the pixels of CamVid's 11 classes in each mask."""
    palette = Palette.named("camvid")
    masks = [cv2.imread(str(path))[..., ::-1] for path in sorted(folder.glob("*/masks/*.png"))]
    return np.stack([np.bincount(palette.encode(mask).ravel(), minlength=256)[: len(palette)] for mask in masks])


def class_tables(largest: int = 2**32 - 1, max_samples: int = 20) -> st.SearchStrategy[np.ndarray]:
    """(samples, classes), int64, many of them 0; possibly without samples."""
    number = st.integers(0, min(3, largest)) | st.integers(0, largest)
    return st.integers(1, 8).flatmap(
        lambda classes: st.lists(st.lists(number, min_size=classes, max_size=classes), max_size=max_samples).map(
            lambda rows: np.array(rows, np.int64).reshape(-1, classes)
        )
    )


def some_table(samples: int, classes: int, seed: int = 0) -> np.ndarray:
    """(samples, classes + 1), uint32, with about half of the classes in each sample, and ignored pixels last."""
    rng = np.random.default_rng(seed)
    table = rng.integers(1, 2**32, (samples, classes + 1), dtype=np.uint32)
    return table * rng.integers(0, 2, table.shape, dtype=np.uint32)
