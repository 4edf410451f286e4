"""Contender: torch's DataLoader with worker processes, which read files or share arrays in memory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from job import Job
from sample import DecodedSamples, Samples, rescaled
from torch.utils.data import DataLoader, Dataset, RandomSampler


class TorchSamples(Dataset):
    """A map-style dataset."""

    def __init__(self, job: Job) -> None:
        self.samples = DecodedSamples(job) if job.options.get("in_memory") else Samples(job)

    def __len__(self) -> int:
        return len(self.samples)

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        image, mask = self.samples[index]
        return rescaled(image), mask


def seed_worker(_: int) -> None:
    """Seed each worker differently; otherwise all draw the same numbers."""
    torch.utils.data.get_worker_info().dataset.samples.transform.set_random_seed(torch.initial_seed() % 2**32)


def batches(job: Job) -> Iterator[Any]:
    """Iterate over epochs endlessly."""
    dataset = TorchSamples(job)
    loader = DataLoader(
        dataset,
        job.batch_size,
        sampler=RandomSampler(dataset, num_samples=job.samples_per_epoch),
        num_workers=job.workers,
        # Only forked processes share the samples in memory.
        multiprocessing_context="fork" if job.options.get("in_memory") else None,
        worker_init_fn=seed_worker,
        persistent_workers=True,
        drop_last=True,
    )
    while True:
        yield from loader
