"""Contender: Keras' own preprocessing layers in tf.data. Images must have one size: RandomCrop needs to know it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import cv2
import keras
import numpy as np
import tensorflow as tf
from job import Job
from sample import IGNORED


def batches(job: Job) -> Iterator[Any]:
    """Iterate endlessly."""
    ids = np.full(1 << 24, IGNORED, np.uint8)
    for number, (red, green, blue) in enumerate(job.colors):
        ids[red << 16 | green << 8 | blue] = number
    table = tf.constant(ids)
    height, width = cv2.imread(job.images[0]).shape[:2]

    def decoded(image_path: tf.Tensor, mask_path: tf.Tensor) -> dict[str, tf.Tensor]:
        image = tf.io.decode_image(tf.io.read_file(image_path), channels=3, expand_animations=False)
        colors = tf.cast(tf.io.decode_png(tf.io.read_file(mask_path), channels=3), tf.int32)
        mask = tf.gather(table, colors[..., 0] * 65536 + colors[..., 1] * 256 + colors[..., 2])
        return {
            "images": tf.ensure_shape(tf.cast(image, tf.float32), (height, width, 3)),
            "segmentation_masks": tf.ensure_shape(mask[..., tf.newaxis], (height, width, 1)),
        }

    crop = keras.layers.RandomCrop(job.crop, job.crop)
    augment = keras.layers.Pipeline(
        [
            keras.layers.RandomFlip("horizontal"),
            keras.layers.RandomRotation(20 / 360, fill_mode="constant", fill_value=0),
            keras.layers.RandomBrightness(0.2),
            keras.layers.RandomContrast(0.2),
        ]
    )

    def pair(sample: dict[str, tf.Tensor]) -> tuple[tf.Tensor, tf.Tensor]:
        return sample["images"] * (1 / 255), tf.cast(sample["segmentation_masks"][..., 0], tf.uint8)

    yield from (
        tf.data.Dataset.from_tensor_slices((job.images, job.masks))
        .shuffle(len(job.images))
        .repeat()
        .map(decoded, num_parallel_calls=job.workers)
        .map(crop, num_parallel_calls=job.workers)
        .batch(job.batch_size, drop_remainder=True)
        .map(augment, num_parallel_calls=job.workers)
        .map(pair, num_parallel_calls=job.workers)
        .prefetch(tf.data.AUTOTUNE)
    )
