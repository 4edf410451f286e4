"""Contender: a hand-written Keras PyDataset with Keras' own threads or processes."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

import keras
import numpy as np
from job import Job

# The enqueuer that `fit` uses has no public name.
from keras.src.trainers.data_adapters.py_dataset_adapter import OrderedEnqueuer
from sample import Samples, rescaled


class Batches(keras.utils.PyDataset):
    """Batches of shuffled samples.

    Like most such classes, it is careless with random numbers: threads share one generator, and the processes, which
    Keras forks, all draw the same numbers.
    """

    def __init__(self, job: Job) -> None:
        super().__init__(workers=job.workers, use_multiprocessing=job.options.get("use_multiprocessing", False))
        self._samples = Samples(job)
        self._batch_size, self._length = job.batch_size, job.samples_per_epoch
        self._rng = np.random.default_rng(0)
        self.on_epoch_end()

    def __len__(self) -> int:
        return self._length // self._batch_size

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        rows = self._order[index * self._batch_size : (index + 1) * self._batch_size]
        images, masks = zip(*(self._samples[row] for row in rows), strict=True)
        return rescaled(np.stack(images)), np.stack(masks)

    def on_epoch_end(self) -> None:
        """Draw a new order."""
        rounds = -(-self._length // len(self._samples))
        self._order = np.concatenate([self._rng.permutation(len(self._samples)) for _ in range(rounds)])


def batches(job: Job) -> Iterator[Any]:
    """Iterate over epochs endlessly, as `fit` does, with its queue, order and pool."""
    dataset = Batches(job)
    enqueuer = OrderedEnqueuer(
        dataset,
        workers=dataset.workers,
        use_multiprocessing=dataset.use_multiprocessing,
        max_queue_size=dataset.max_queue_size,
    )
    try:
        while True:
            enqueuer.start()
            yield from islice(enqueuer.get(), len(dataset))
            enqueuer.stop()
            dataset.on_epoch_end()
    finally:
        enqueuer.stop()
