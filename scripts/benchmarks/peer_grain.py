"""Contender: Grain's DataLoader with worker processes."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import grain
import numpy as np
from absl import flags
from job import Job
from sample import Samples, rescaled

# Grain reads its own flags, which only programs run by absl have parsed.
flags.FLAGS.mark_as_parsed()


class Augmented(grain.transforms.RandomMap):
    """Turns an index into a sample, in one operation."""

    def __init__(self, job: Job) -> None:
        self.samples = Samples(job)

    def random_map(self, element: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Read and augment a sample with its own random numbers."""
        self.samples.transform.set_random_state(rng, random.Random(int(rng.integers(2**32))))
        image, mask = self.samples[element]
        return rescaled(image), mask


def batches(job: Job) -> Iterator[Any]:
    """Iterate endlessly."""
    indices = range(len(job.images))
    yield from grain.DataLoader(
        data_source=indices,
        sampler=grain.samplers.IndexSampler(
            len(indices), shard_options=grain.sharding.NoSharding(), shuffle=True, num_epochs=None, seed=0
        ),
        operations=[Augmented(job), grain.transforms.Batch(job.batch_size, drop_remainder=True)],
        worker_count=job.workers,
    )
