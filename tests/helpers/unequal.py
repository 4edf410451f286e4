"""Samples of unequal sizes; worker processes import them from here."""

from __future__ import annotations

from typing import Any

import numpy as np

from seqaug import SegmentationSequence

RNG = np.random.default_rng(5)
# Sizes fall and rise, so that slots of memory are outgrown in the first batches, and batches 0 and 1 have one size.
SIZES = [(20, 16), (4, 6), (20, 9), (7, 16), (40, 30), (41, 8), (3, 3), (60, 50), (12, 12), (5, 61)]
IMAGES = [RNG.integers(1, 256, (*size, 3), dtype=np.uint8) for size in SIZES]
MASKS = [RNG.integers(0, 3, size, dtype=np.uint8) for size in SIZES]
ARGUMENTS: dict[str, Any] = {"num_classes": 3, "ignore_index": 255, "batch_size": 2, "pad_batches": 8}


class Broken(SegmentationSequence):
    """Two samples cannot be used, and have replacements of other sizes."""

    def load(self, index: int) -> Any:
        if index in (1, 7):
            raise ValueError("broken")
        return super().load(index)


class Measured(SegmentationSequence):
    """With values of two kinds, and a further mask."""

    def load(self, index: int) -> Any:
        sample = dict(super().load(index))
        return {
            **sample,
            "depth": sample["image"].astype(np.float64) / 7,
            "number": np.full(sample["mask"].shape, index, np.int16),
            "parts": sample["mask"],
        }

    def assemble(self, batch: dict[str, Any]) -> Any:
        return batch
