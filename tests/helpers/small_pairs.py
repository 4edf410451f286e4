"""Small generated pairs of files."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

COLORS = {"ground": (10, 20, 30), "wall": (200, 100, 0), "lamp": (0, 255, 255), "void": (0, 0, 0)}


class Pairs(NamedTuple):
    """Files of a small data set, and their contents."""

    images: list[str]
    masks: list[str]
    pixels: np.ndarray  # (N, H, W, 3) uint8 RGB
    ids: np.ndarray  # (N, H, W) uint8, 255 where the mask is void


def write_pairs(folder: Path, count: int = 6, height: int = 24, width: int = 32, seed: int = 0) -> Pairs:
    """Write random images, and masks of large patches in `COLORS`, as PNG files in `images/` and `masks/`."""
    rng = np.random.default_rng(seed)
    pixels = rng.integers(0, 256, (count, height, width, 3), dtype=np.uint8)
    coarse = rng.choice([0, 1, 2, 255], (count, -(-height // 4), -(-width // 4))).astype(np.uint8)
    ids = coarse.repeat(4, 1).repeat(4, 2)[:, :height, :width]
    table = np.zeros((256, 3), np.uint8)
    table[[0, 1, 2, 255]] = list(COLORS.values())
    images, masks = [], []
    for kind, paths, arrays in (("images", images, pixels), ("masks", masks, table[ids])):
        (folder / kind).mkdir(parents=True)
        for number, array in enumerate(arrays):
            paths.append(str(folder / kind / f"{number:03}.png"))
            cv2.imwrite(paths[-1], array[..., ::-1])
    return Pairs(images, masks, pixels, ids)
