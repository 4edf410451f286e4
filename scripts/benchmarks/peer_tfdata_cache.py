"""Contender: tf.data with decoded samples in `cache()`, and a numpy_function for the augmentation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import tensorflow as tf
from job import Job
from sample import Samples


def batches(job: Job) -> Iterator[Any]:
    """Iterate endlessly."""
    samples = Samples(job)

    def augment(image: np.ndarray, mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return samples.augmented(image, mask)

    def decoded(index: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        return tf.numpy_function(samples.decoded, [index], [tf.uint8, tf.uint8])

    def shaped(image: tf.Tensor, mask: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        image, mask = tf.numpy_function(augment, [image, mask], [tf.uint8, tf.uint8])
        # Rescaled by TensorFlow, without the GIL.
        image = tf.cast(tf.ensure_shape(image, (job.crop, job.crop, 3)), tf.float32) * (1 / 255)
        return image, tf.ensure_shape(mask, (job.crop, job.crop))

    yield from (
        tf.data.Dataset.range(len(samples))
        .map(decoded, num_parallel_calls=job.workers)
        .cache()
        .shuffle(len(samples))
        .repeat()
        .map(shaped, num_parallel_calls=job.workers)
        .batch(job.batch_size, drop_remainder=True)
        .prefetch(tf.data.AUTOTUNE)
    )
