"""Shared by the migration scripts: generated data, and a summary of batches."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from seqaug.demo.classes import CLASSES
from seqaug.demo.scenes import draw_scene

HEIGHT, WIDTH = 64, 96
TILE = 16


def write_tiles(folder: Path, scenes: int = 12, seed: int = 0) -> Path:
    """Cut scenes of the demonstration set into tiles, as PNG files in a folder per class, that of most of the pixels.

    Returns:
        The folder of the class folders; some classes have many times more tiles than others.
    """
    for number in range(scenes):
        pixels, ids = draw_scene((HEIGHT, WIDTH), np.random.default_rng([seed, number]))
        for top in range(0, HEIGHT, TILE):
            for left in range(0, WIDTH, TILE):
                tile = slice(top, top + TILE), slice(left, left + TILE)
                name = list(CLASSES)[np.bincount(ids[tile].ravel(), minlength=256)[: len(CLASSES)].argmax()]
                (folder / name).mkdir(parents=True, exist_ok=True)
                cv2.imwrite(str(folder / name / f"{number:02}_{top}_{left}.png"), pixels[tile][..., ::-1])
    return folder


def print_batches(name: str, batches: Sequence[Any]) -> None:
    """Print the number of batches, and shapes and dtypes of the first."""
    parts = " and ".join(f"{part.shape} {part.dtype}" for part in batches[0])
    print(f"{name}: {len(batches)} batches, the first one {parts}")
