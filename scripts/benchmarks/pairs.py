"""Generated images and masks that take as long to read as street photographs."""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np

from seqaug import Palette
from seqaug.palette.coercion import as_palette

HEIGHT, WIDTH = 360, 480
# Amplitude of the detail by number of rows of its random field: roughly a photograph's spectrum, and PNG files of
# about a photograph's size.
DETAIL = {4: 60.0, 16: 25.0, 64: 10.0, HEIGHT: 1.5}
REGION_ROWS = 6


def write_pairs(
    folder: Path,
    palette: Palette,
    count: int,
    seed: int = 0,
    height: int = HEIGHT,
    width: int = WIDTH,
    image_suffix: str = ".png",
) -> tuple[Path, Path]:
    """Write files: `images/`, smooth colours with fine detail, and `masks/`, PNG, regions in palette colours.

    Returns:
        The folders of images and masks; pairs have the same name.
    """
    rng = np.random.default_rng(seed)
    images, masks = folder / "images", folder / "masks"
    images.mkdir(parents=True)
    masks.mkdir()
    for number in range(count):
        image = 128 + sum(size * _field(rng, rows, 3, height, width) for rows, size in DETAIL.items())
        ids = np.stack([_field(rng, REGION_ROWS, 1, height, width) for _ in palette.names]).argmax(0)
        colors = palette.decode(ids.astype(np.uint8))
        cv2.imwrite(str(images / f"{number:04}{image_suffix}"), np.clip(image, 0, 255).astype(np.uint8))
        cv2.imwrite(str(masks / f"{number:04}.png"), cv2.cvtColor(colors, cv2.COLOR_RGB2BGR))
    return images, masks


def add_pair_options(parser: argparse.ArgumentParser) -> None:
    """Add the options for the pairs."""
    parser.add_argument("--images", type=Path, metavar="DIR", help="folder of images (default: generated)")
    parser.add_argument("--masks", type=Path, metavar="DIR", help="folder of palette masks, with the same names")
    parser.add_argument("--palette", default="camvid", help="palette: built-in name or CSV file (%(default)s)")


def pairs_from_options(options: argparse.Namespace, folder: str, count: int) -> tuple[Path, Path]:
    """Return the folders of the options, or of pairs generated in `folder`."""
    if options.images is None:
        return write_pairs(Path(folder), as_palette(options.palette), count)
    return options.images, options.masks


def _field(rng: np.random.Generator, rows: int, channels: int, height: int, width: int) -> np.ndarray:
    """Generate normal noise on a coarse grid, interpolated."""
    coarse = rng.standard_normal((rows, rows * width // height, channels), np.float32)
    return cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
