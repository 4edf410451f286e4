"""Contender: windows of large images by this package."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from job import Job

from seqaug import SegmentationSequence, Tiles


def batches(job: Job) -> Iterator[Any]:
    """Iterate over epochs endlessly; a cache is full before the first one."""
    with SegmentationSequence(
        job.images,
        job.masks,
        tiles=Tiles(job.crop),
        num_classes=job.options["num_classes"],
        cache=job.options["cache"],
        batch_size=job.batch_size,
        samples_per_epoch=job.samples_per_epoch,
        workers=job.workers,
        use_multiprocessing=True,
    ) as sequence:
        if job.options["cache"] is not None:
            sequence.warm_cache()
        while True:
            yield from sequence
            sequence.on_epoch_end()
