"""A data set with one issue of each type, and the issues that a check should find."""

from __future__ import annotations

import shutil
from pathlib import Path

import cv2
import numpy as np
from exif import jpeg_with_orientation
from small_pairs import COLORS, write_pairs

Expected = set[tuple[str, tuple[str, ...]]]


def write_faulty(folder: Path) -> Expected:
    """Write `train` and `val`, each with `images` and `masks` in `COLORS`, of which "void" is ignored."""
    train = write_pairs(folder / "train", 20)
    val = write_pairs(folder / "val", 2, seed=1)
    image, mask = (lambda number: Path(train.images[number])), (lambda number: Path(train.masks[number]))

    mask(0).unlink()
    image(1).unlink()
    other = image(2).with_suffix(".bmp")
    cv2.imwrite(str(other), train.pixels[2])
    image(3).write_bytes(image(3).read_bytes()[:-40])
    mask(4).write_bytes(b"not an image")
    _change(mask(5), lambda colors: colors[::2, ::2])
    rotated = image(6).with_suffix(".jpg")
    rotated.write_bytes(jpeg_with_orientation(train.pixels[6], 6))
    image(6).unlink()
    _change(mask(7), lambda colors: _paint_square(colors, (1, 2, 250)))
    _change(mask(8), lambda colors: cv2.resize(colors[::4, ::4], (32, 24), interpolation=cv2.INTER_LINEAR))
    _change(mask(9), lambda colors: np.zeros_like(colors))
    _change(mask(10), lambda colors: np.full_like(colors, COLORS["ground"][::-1]))
    shutil.copy(image(11), image(12))
    cv2.imwrite(val.images[1], cv2.imread(str(image(13))), [cv2.IMWRITE_PNG_COMPRESSION, 0])
    for path in (image(14), mask(14)):
        _change(path, lambda pixels: pixels[:20])
    cv2.imwrite(str(image(15)), train.pixels[15][..., 0])

    issues = [
        ("unpaired", image(0)),
        ("unpaired", mask(1)),
        ("ambiguous", other, image(2)),
        ("unreadable", image(3)),
        ("unreadable", mask(4)),
        ("size_mismatch", image(5), mask(5)),
        ("exif_orientation", rotated),
        ("unknown_colors", mask(7)),
        ("interpolated_masks", mask(8)),
        ("ignored_masks", mask(9)),
        ("empty_masks", mask(10)),
        ("duplicates", image(11), image(12)),
        ("leakage", image(13), Path(val.images[1])),
        ("mixed_sizes", image(4), image(14)),
        ("mixed_channels", image(4), image(15)),
    ]
    return {(issue_type, tuple(map(str, paths))) for issue_type, *paths in issues}


def _change(path: Path, change) -> None:
    cv2.imwrite(str(path), change(cv2.imread(str(path))))


def _paint_square(colors: np.ndarray, rgb: tuple[int, int, int]) -> np.ndarray:
    colors[4:12, 8:16] = rgb[::-1]
    return colors
