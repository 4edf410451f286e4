"""Tables of how many pixels of each class each sample has, (num_samples, num_classes)."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from hypothesis import strategies as st

from seqaug.palette import Palette

# With classes that are absent, in one sample or in all, and samples without any class; at least one pixel in all.
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
