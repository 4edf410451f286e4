"""One sample as the peers make it: sensible hand-written code, with the same transform as this package."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import albumentations as A  # noqa: N812, its own abbreviation
import cv2
import numpy as np
from job import Job

IGNORED = 255

# Workers run in parallel; OpenCV's own threads would compete with them.
cv2.setNumThreads(1)


def make_transform(crop: int) -> A.Compose:
    """Create the transform of all contenders but ImageDataGenerator."""
    return A.Compose([A.RandomCrop(crop, crop), A.HorizontalFlip(), A.Rotate(20), A.RandomBrightnessContrast()])


class ColorTable:
    """Ids by packed colour: one look-up per pixel.

    Args:
        colors: red, green and blue of each class; all other colours are ignored.
    """

    def __init__(self, colors: list[list[int]]) -> None:
        self._ids = np.full(1 << 24, IGNORED, np.uint8)
        for number, (red, green, blue) in enumerate(colors):
            self._ids[red << 16 | green << 8 | blue] = number

    def encode(self, red: np.ndarray, green: np.ndarray, blue: np.ndarray) -> np.ndarray:
        """Convert channels, uint8, to ids."""
        return self._ids[red.astype(np.int32) << 16 | green.astype(np.int32) << 8 | blue]


class Samples:
    """Augmented pairs of files by index: image uint8 RGB, mask uint8 ids."""

    def __init__(self, job: Job) -> None:
        self._images, self._masks = job.images, job.masks
        self._colors = job.colors
        self._table: ColorTable | None = None
        self.transform = make_transform(job.crop)

    def __len__(self) -> int:
        return len(self._images)

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        return self.augmented(*self.decoded(index))

    def augmented(self, image: np.ndarray, mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Augment a pair."""
        augmented = self.transform(image=image, mask=mask)
        return augmented["image"], augmented["mask"]

    def decoded(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        """Read and decode a pair."""
        if self._table is None:  # built in the worker, to send 16 MB less
            self._table = ColorTable(self._colors)
        image = cv2.cvtColor(cv2.imread(self._images[index]), cv2.COLOR_BGR2RGB)
        blue, green, red = cv2.split(cv2.imread(self._masks[index]))
        return image, self._table.encode(red, green, blue)


class DecodedSamples(Samples):
    """Pairs decoded up front, in threads, and kept in memory that forked processes share."""

    def __init__(self, job: Job) -> None:
        super().__init__(job)
        super().decoded(0)  # builds the table, which threads share
        with ThreadPoolExecutor(job.workers) as threads:
            self._pairs = list(threads.map(super().decoded, range(len(self))))

    def decoded(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        """Return a decoded pair."""
        return self._pairs[index]


def rescaled(image: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
    """Convert uint8 to float32 in 0..1, in one pass."""
    scaled: Any = np.multiply(image, 1 / 255, out=out, dtype=np.float32)
    return scaled
