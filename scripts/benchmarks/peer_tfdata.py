"""Contender: tf.data with a numpy_function."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import tensorflow as tf
from job import Job
from sample import Samples, rescaled


def batches(job: Job) -> Iterator[Any]:
    """Iterate endlessly."""
    samples = Samples(job)
    repeats = job.options.get("repeats", 1)  # rows of each sample that is read

    def load(index: int) -> tuple[np.ndarray, np.ndarray]:
        decoded = samples.decoded(index)
        images = np.empty((repeats, job.crop, job.crop, 3), np.float32)
        masks = np.empty((repeats, job.crop, job.crop), np.uint8)
        for row in range(repeats):
            image, masks[row] = samples.augmented(*decoded)
            rescaled(image, out=images[row])
        return images, masks

    def shaped(index: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        images, masks = tf.numpy_function(load, [index], [tf.float32, tf.uint8])
        size = (repeats, job.crop, job.crop)
        return tf.ensure_shape(images, (*size, 3)), tf.ensure_shape(masks, size)

    def rows(images: tf.Tensor, masks: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        return tf.reshape(images, (-1, job.crop, job.crop, 3)), tf.reshape(masks, (-1, job.crop, job.crop))

    yield from (
        tf.data.Dataset.range(len(samples))
        .shuffle(len(samples))
        .repeat()
        .map(shaped, num_parallel_calls=job.workers)
        .batch(job.batch_size // repeats, drop_remainder=True)
        .map(rows)
        .prefetch(tf.data.AUTOTUNE)
    )
