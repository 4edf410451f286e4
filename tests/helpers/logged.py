"""Samples whose loads are logged; worker processes import them from here."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from typing import Any

import albumentations as A  # noqa: N812
import numpy as np

from seqaug import SegmentationSequence


class Logged(SegmentationSequence):
    """Random images; each load appends the sample's index to a file."""

    def __init__(self, log: Path, bad: tuple[int, ...] = (), **arguments: Any) -> None:
        self.log = str(log)
        self.bad = bad
        Path(log).touch()
        super().__init__(**arguments)

    def load(self, index: int) -> Any:
        # One write appends a line whole, from any process.
        file = os.open(self.log, os.O_WRONLY | os.O_APPEND)
        os.write(file, f"{index}\n".encode())
        os.close(file)
        if index in self.bad:
            raise ValueError("bad sample")
        rng = np.random.default_rng(index)
        return {"image": rng.integers(0, 256, (24, 24, 3), np.uint8), "mask": rng.integers(0, 3, (24, 24), np.uint8)}

    def loads(self) -> Counter[int]:
        """Count the loads of each sample since the last call."""
        lines = Path(self.log).read_text().split()
        Path(self.log).write_text("")
        return Counter(map(int, lines))


class Blacken(A.ImageOnlyTransform):
    """Writes into its input."""

    def apply(self, img: np.ndarray, **params: Any) -> np.ndarray:
        img[self.py_random.randrange(16)] = 0
        return img
