"""Generated images and masks that take as long to read as photographs of streets do."""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np

from seqaug import Palette
from seqaug.palette.coercion import as_palette

HEIGHT, WIDTH = 360, 480
# Amplitude of each level of detail, by the number of rows its random field has: a photograph's spectrum, roughly,
# and PNG files of about the size that photographs of these dimensions have.
DETAIL = {4: 60.0, 16: 25.0, 64: 10.0, HEIGHT: 1.5}
REGION_ROWS = 6


def write_pairs(
    folder: Path, palette: Palette, count: int, seed: int = 0, height: int = HEIGHT, width: int = WIDTH
) -> tuple[Path, Path]:
    """Write PNG files: `images/`, smooth colours with fine detail, and `masks/`, regions in the palette's colours.

    Returns:
        The folder of the images and the folder of the masks; partners have the same name.
    """
    rng = np.random.default_rng(seed)
    images, masks = folder / "images", folder / "masks"
    images.mkdir(parents=True)
    masks.mkdir()
    for number in range(count):
        picture = 128 + sum(size * _field(rng, rows, 3, height, width) for rows, size in DETAIL.items())
        ids = np.stack([_field(rng, REGION_ROWS, 1, height, width) for _ in palette.names]).argmax(0)
        colors = palette.decode(ids.astype(np.uint8))
        cv2.imwrite(str(images / f"{number:04}.png"), np.clip(picture, 0, 255).astype(np.uint8))
        cv2.imwrite(str(masks / f"{number:04}.png"), cv2.cvtColor(colors, cv2.COLOR_RGB2BGR))
    return images, masks


def add_pair_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that say which pairs to measure with."""
    parser.add_argument("--images", type=Path, metavar="DIR", help="a folder of images (made up without one)")
    parser.add_argument("--masks", type=Path, metavar="DIR", help="a folder of palette masks of the same names")
    parser.add_argument("--palette", default="camvid", help="of the masks: a built-in name or a CSV file (%(default)s)")


def given_or_made(options: argparse.Namespace, folder: str, count: int) -> tuple[Path, Path]:
    """Give the folders that were asked for, or make pairs in another one."""
    if options.images is None:
        return write_pairs(Path(folder), as_palette(options.palette), count)
    return options.images, options.masks


def _field(rng: np.random.Generator, rows: int, channels: int, height: int, width: int) -> np.ndarray:
    """Draw normal noise on a coarse grid, made smooth."""
    coarse = rng.standard_normal((rows, rows * width // height, channels), np.float32)
    return cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
