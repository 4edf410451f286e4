"""Contender: windows of large images by rasterio in torch's DataLoader.

Files stay open in each worker, and a window is read as a tensor of each: as torchgeo's RasterDataset does.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import product
from typing import Any

import rasterio
import torch
from job import Job
from rasterio.windows import Window
from torch.utils.data import DataLoader, Dataset, RandomSampler

opened = lru_cache(maxsize=128)(rasterio.open)


class Windows(Dataset):
    """The windows of all files, side by side; the last of a row or column is moved inside."""

    def __init__(self, job: Job) -> None:
        self._images, self._masks, self._side = job.images, job.masks, job.crop
        self._places = []
        for number, path in enumerate(job.images):
            with rasterio.open(path) as file:
                starts = [
                    [min(start, length - job.crop) for start in range(0, length, job.crop)] for length in file.shape
                ]
            self._places += [(number, top, left) for top, left in product(*starts)]

    def __len__(self) -> int:
        return len(self._places)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, torch.Tensor]:
        number, top, left = self._places[index]
        window = Window(left, top, self._side, self._side)
        image = torch.from_numpy(opened(self._images[number]).read(window=window))
        mask = torch.from_numpy(opened(self._masks[number]).read(1, window=window))
        return image.float() / 255, mask.long()


def batches(job: Job) -> Iterator[Any]:
    """Iterate over epochs endlessly."""
    dataset = Windows(job)
    loader = DataLoader(
        dataset,
        job.batch_size,
        sampler=RandomSampler(dataset, num_samples=job.samples_per_epoch),
        num_workers=job.workers,
        persistent_workers=True,
        drop_last=True,
    )
    while True:
        yield from loader
