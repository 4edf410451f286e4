"""From ImageDataGenerator.flow over arrays, with a validation split, to from_arrays.

python scripts/migration/arrays.py
"""

from __future__ import annotations

from itertools import islice
from typing import Any

import numpy as np
import tensorflow as tf
from common import HEIGHT, WIDTH, print_batches

from seqaug import SegmentationSequence, image_data_generator_transform
from seqaug.demo.classes import CLASSES, VOID
from seqaug.demo.scenes import draw_scene

ImageDataGenerator = tf.keras.preprocessing.image.ImageDataGenerator

GEOMETRY: dict[str, Any] = {"width_shift_range": 0.1, "height_shift_range": 0.1, "horizontal_flip": True}


def old(
    x: np.ndarray, y: np.ndarray, subset: str, geometry: dict[str, Any], shuffle: bool = True
) -> list[tuple[np.ndarray, np.ndarray]]:
    """One epoch of two flows with the same seed."""
    of_images = ImageDataGenerator(rescale=1 / 255, validation_split=0.25, **geometry)
    of_masks = ImageDataGenerator(interpolation_order=0, validation_split=0.25, **geometry)
    flow = {"subset": subset, "batch_size": 4, "shuffle": shuffle, "seed": 1}
    images = of_images.flow(x, **flow)
    masks = of_masks.flow(y[..., np.newaxis], **flow)
    pairs = islice(zip(images, masks, strict=True), len(images))
    return [(image, mask[..., 0].astype(np.uint8)) for image, mask in pairs]


def new(
    x: np.ndarray, y: np.ndarray, subset: str, geometry: dict[str, Any], shuffle: bool = True
) -> SegmentationSequence:
    """The sequence for `fit`, or for its `validation_data`."""
    return SegmentationSequence.from_arrays(
        x,
        y,
        validation_split=0.25,
        subset=subset,
        transform=image_data_generator_transform(**geometry),
        num_classes=len(CLASSES),
        ignore_index=VOID,
        batch_size=4,
        shuffle=shuffle,
        seed=1,
    )


def make_arrays(count: int = 16) -> tuple[np.ndarray, np.ndarray]:
    """Draw scenes: images, (N, H, W, 3), and class ids, (N, H, W); both uint8."""
    scenes = [draw_scene((HEIGHT, WIDTH), np.random.default_rng(number)) for number in range(count)]
    images, masks = zip(*scenes, strict=True)
    return np.stack(images), np.stack(masks)


def main() -> None:
    """Run the old and the new way."""
    x, y = make_arrays()
    for subset in ("training", "validation"):
        print_batches(f"two flows, {subset}", old(x, y, subset, GEOMETRY))
        print_batches(f"one sequence, {subset}", list(new(x, y, subset, GEOMETRY)))


if __name__ == "__main__":
    main()
