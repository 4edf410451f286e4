"""Every sample of a sequence once, in order, whatever its epochs are like: for evaluation."""

from __future__ import annotations

from collections.abc import Container, Iterator
from typing import Any

import numpy as np

from seqaug.loader.data_loader import Loader
from seqaug.sampling.batch_sampler import BatchSampler
from seqaug.sampling.samplers import EpochIndices
from seqaug.sequence.segmentation import SegmentationSequence

Batch = dict[str, np.ndarray[Any, Any]]


def batches_of_each_sample(
    sequence: SegmentationSequence, *, as_loaded: bool, leaving_out: Container[int] = ()
) -> Iterator[Batch]:
    """Iterate over batches of every sample once, in the order of `samples`; the sequence's workers prefetch them.

    Args:
        sequence: its `shuffle`, `oversample`, `samples_per_epoch`, `drop_remainder`, `shard` and `on_error` have no
            effect.
        as_loaded: whether to leave out `prepare`, `transform`, `image_size` and `rescale`, and to give masks as class
            ids; else samples are those of epoch 0.
        leaving_out: indices of samples that are left out.

    Yields:
        Arrays as for `assemble`, one sample at a time where sizes may differ.

    Raises:
        SampleError: a sample cannot be used.
        TransformError: a transform failed.
    """
    pipeline = sequence._pipeline.as_loaded() if as_loaded else sequence._pipeline
    indices = np.array([index for index in range(len(sequence.samples)) if index not in leaving_out], np.int64)
    if not len(indices):
        return
    loader = Loader(
        pipeline,
        lambda _: EpochIndices(indices, None),
        batch_sampler=BatchSampler(len(indices), sequence.batch_size if pipeline.size_is_fixed else 1),
        engine=sequence._engine,
        prefetch_batches=sequence.max_queue_size if sequence.workers else 0,
        warm_batches=0,
        skipped=None,
    )
    yield from loader.batches(0)
