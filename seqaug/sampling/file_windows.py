"""An order in which the samples of one file are near one another."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from seqaug.core.rng import files_generator
from seqaug.sampling.samplers import EpochIndices, EpochSampler

Array = np.ndarray[Any, Any]


class FileWindows(NamedTuple):
    """Which samples are of one file, and how many files are shuffled together.

    Attributes:
        file_of: number of the file of each sample, (num_samples,) integers.
        size: files in a window, at least 1.
    """

    file_of: Array
    size: int


class FileWindowSampler:
    """Shuffles samples that are cut from files within windows of files, so that a window's files can be kept decoded.

    Which samples an epoch has, and how often, is another sampler's choice. Their files are shuffled and divided into
    windows of equally many, one more or less; windows follow one another, and in each, samples keep the other sampler's
    random order. WebDataset's shards and its shuffle buffer do the same to streams.

    Args:
        sampler: gives the samples, shuffled.
        windows: the files.
        seed: of the order of the files.
    """

    def __init__(self, sampler: EpochSampler, windows: FileWindows, seed: int) -> None:
        self._sampler = sampler
        self._windows = windows
        self._seed = seed

    def __call__(self, epoch: int) -> EpochIndices:
        """Give the samples of an epoch."""
        samples, classes = self._sampler(epoch)
        files, file_at = np.unique(self._windows.file_of[samples], return_inverse=True)
        windows = -(-len(files) // self._windows.size)
        window_of = np.empty(len(files), np.int64)
        window_of[files_generator(self._seed, epoch).permutation(len(files))] = (
            np.arange(len(files)) * windows // max(len(files), 1)
        )
        order = np.argsort(window_of[file_at.reshape(-1)], kind="stable")
        return EpochIndices(samples[order], None if classes is None else classes[order])
