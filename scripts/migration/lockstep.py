"""From two ImageDataGenerators in lockstep to one sequence.

python scripts/migration/lockstep.py
"""

from __future__ import annotations

import tempfile
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from common import HEIGHT, WIDTH, print_batches

from seqaug import Palette, SegmentationSequence, image_data_generator_transform
from seqaug.demo.dataset import DemoDataset, make_demo_dataset

ImageDataGenerator = tf.keras.preprocessing.image.ImageDataGenerator

GEOMETRY: dict[str, Any] = {"rotation_range": 20, "zoom_range": 0.2, "horizontal_flip": True, "fill_mode": "constant"}


def old(data: DemoDataset, geometry: dict[str, Any], shuffle: bool = True) -> list[tuple[np.ndarray, np.ndarray]]:
    """One epoch of two generators with the same seed."""
    of_images = ImageDataGenerator(rescale=1 / 255, **geometry)
    of_masks = ImageDataGenerator(interpolation_order=0, **geometry)
    flow = {"class_mode": None, "target_size": (HEIGHT, WIDTH), "batch_size": 8, "shuffle": shuffle, "seed": 1}
    images = of_images.flow_from_directory(data.train_images.parent, classes=["images"], **flow)
    masks = of_masks.flow_from_directory(data.train_masks.parent, classes=["masks"], **flow)
    colors = Palette.from_csv(data.palette, ignore=["Void"]).colors
    batches = []
    for x, colored in islice(zip(images, masks, strict=True), len(images)):
        y = np.full(colored.shape[:3], 255, np.uint8)
        for class_id, color in enumerate(colors):
            y[(colored == color).all(axis=-1)] = class_id
        batches.append((x, y))
    return batches


def new(data: DemoDataset, geometry: dict[str, Any], shuffle: bool = True) -> SegmentationSequence:
    """The sequence for `fit`."""
    return SegmentationSequence.from_directory(
        data.train_images,
        data.train_masks,
        palette=Palette.from_csv(data.palette, ignore=["Void"]),
        transform=image_data_generator_transform(**geometry),
        batch_size=8,
        shuffle=shuffle,
        seed=1,
    )


def main() -> None:
    """Run the old and the new way on the demonstration set."""
    with tempfile.TemporaryDirectory() as folder:
        data = make_demo_dataset(Path(folder, "data"), train=20, val=1, size=(HEIGHT, WIDTH))
        print_batches("two generators", old(data, GEOMETRY))
        print_batches("one sequence", list(new(data, GEOMETRY)))


if __name__ == "__main__":
    main()
