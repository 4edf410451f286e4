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

    def load(index: int) -> tuple[np.ndarray, np.ndarray]:
        image, mask = samples[index]
        return rescaled(image), mask

    def shaped(index: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        image, mask = tf.numpy_function(load, [index], [tf.float32, tf.uint8])
        return tf.ensure_shape(image, (job.crop, job.crop, 3)), tf.ensure_shape(mask, (job.crop, job.crop))

    yield from (
        tf.data.Dataset.range(len(samples))
        .shuffle(len(samples))
        .repeat()
        .map(shaped, num_parallel_calls=job.workers)
        .batch(job.batch_size, drop_remainder=True)
        .prefetch(tf.data.AUTOTUNE)
    )
