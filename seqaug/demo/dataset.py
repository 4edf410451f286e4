"""Writes the demonstration set to disk."""

from __future__ import annotations

import csv
import os
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from seqaug.demo.classes import CLASSES, VOID, VOID_COLOR, VOID_NAME
from seqaug.demo.scenes import check_size, draw_scene
from seqaug.utils.validation import height_and_width, output_folder, whole_number

# First number of a scene's key, so that training and validation share no scene.
_PARTS = {"train": 0, "val": 1}


@dataclass(frozen=True)
class DemoDataset:
    """Paths of a demonstration set.

    Attributes:
        train_images, train_masks: folders of the training images and masks.
        val_images, val_masks: folders of the validation images and masks.
        palette: CSV file with the columns name,r,g,b, in id order; its last line, Void, is no class.
    """

    train_images: Path
    train_masks: Path
    val_images: Path
    val_masks: Path
    palette: Path


def make_demo_dataset(
    directory: str | os.PathLike[str],
    train: int = 80,
    val: int = 20,
    size: tuple[int, int] = (192, 256),
    seed: int = 0,
) -> DemoDataset:
    """Draw street-like scenes and write them as PNG files, with masks in palette colours.

    The files are `{train,val}/{images,masks}/NAME.png`, RGB, and `palette.csv`. A scene depends only on seed, size and
    its number.

    Args:
        directory: output directory, empty or new.
        train: number of training scenes, at least 1.
        val: number of validation scenes, at least 1.
        size: (height, width) in pixels, each at least 16.
        seed: an integer of at least 0.

    Returns:
        The paths.

    Raises:
        FileExistsError: the directory is not empty.
        ValueError: a number is out of range, or the directory is a file or not writable.
        TypeError: an argument has the wrong type.
        OSError: a file cannot be written.
    """
    counts = {"train": whole_number("train", train, 1), "val": whole_number("val", val, 1)}
    size, seed = height_and_width("size", size), whole_number("seed", seed, 0)
    check_size(size)
    root = output_folder("directory", directory)
    root.mkdir(parents=True, exist_ok=True)
    if any(root.iterdir()):
        raise FileExistsError(f"{root} is not empty; expected an empty or new directory")
    table = np.zeros((256, 3), np.uint8)
    table[: len(CLASSES)] = list(CLASSES.values())
    table[VOID] = VOID_COLOR
    for part, count in counts.items():
        images, masks = root / part / "images", root / part / "masks"
        images.mkdir(parents=True)
        masks.mkdir()
        for number in range(count):
            key = np.random.SeedSequence(seed, spawn_key=(_PARTS[part], number))
            image, ids = draw_scene(size, np.random.default_rng(key))
            _write_png(images / f"{number:03}.png", image)
            _write_png(masks / f"{number:03}.png", table[ids])
    palette = root / "palette.csv"
    with palette.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(("name", "r", "g", "b"))
        rows.writerows((name, *color) for name, color in {**CLASSES, VOID_NAME: VOID_COLOR}.items())
    train_folder, val_folder = root / "train", root / "val"
    return DemoDataset(
        train_folder / "images", train_folder / "masks", val_folder / "images", val_folder / "masks", palette
    )


def _write_png(path: Path, rgb: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> None:
    success, data = cv2.imencode(".png", cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR))
    if not success:
        raise OSError(f"{path}: OpenCV cannot encode a PNG of shape {rgb.shape}")
    path.write_bytes(data.tobytes())
