"""Data that several tests use: small pairs of files made on the spot, and CamVid where it is at hand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import pytest

COLORS = {"ground": (10, 20, 30), "wall": (200, 100, 0), "lamp": (0, 255, 255), "void": (0, 0, 0)}


class Pairs(NamedTuple):
    """Files of a small data set, and what they hold."""

    images: list[str]
    masks: list[str]
    pixels: np.ndarray  # (N, H, W, 3) uint8 RGB
    ids: np.ndarray  # (N, H, W) uint8, 255 where the mask is void


def blobs(count: int, height: int, width: int, labels: list[int], seed: int = 0) -> np.ndarray:
    """Draw label maps of large patches."""
    rng = np.random.default_rng(seed)
    coarse = rng.choice(labels, (count, -(-height // 4), -(-width // 4))).astype(np.uint8)
    return coarse.repeat(4, 1).repeat(4, 2)[:, :height, :width]


@pytest.fixture
def make_pairs(tmp_path: Path) -> Callable[..., Pairs]:
    """Write `count` random images and palette masks (of `COLORS`) as PNG files."""

    def make(count: int = 6, height: int = 24, width: int = 32, folder: str = "data", seed: int = 0) -> Pairs:
        rng = np.random.default_rng(seed)
        pixels = rng.integers(0, 256, (count, height, width, 3), dtype=np.uint8)
        ids = blobs(count, height, width, [0, 1, 2, 255], seed)
        table = np.zeros((256, 3), np.uint8)
        table[[0, 1, 2, 255]] = list(COLORS.values())
        images, masks = [], []
        for kind, paths, arrays in (("images", images, pixels), ("masks", masks, table[ids])):
            (tmp_path / folder / kind).mkdir(parents=True)
            for number, array in enumerate(arrays):
                paths.append(str(tmp_path / folder / kind / f"{number:03}.png"))
                cv2.imwrite(paths[-1], array[..., ::-1])
        return Pairs(images, masks, pixels, ids)

    return make


@pytest.fixture
def pairs(make_pairs: Callable[..., Pairs]) -> Pairs:
    """Six pairs of 24x32 pixels."""
    return make_pairs()


@pytest.fixture(scope="session")
def camvid() -> Path:
    """The folder of the CamVid sample, beside the checkout."""
    folder = Path(__file__).resolve().parents[2] / "shared" / "camvid"
    if not folder.is_dir():
        pytest.skip("the CamVid sample is not there")
    return folder
