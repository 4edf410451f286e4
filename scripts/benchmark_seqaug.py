"""Contender: this package, iterated over as in a loop of one's own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from benchmark_job import Job
from benchmark_sample import make_transform

from seqaug import SegmentationSequence

ENGINES: dict[str, dict[str, Any]] = {
    "inline": {"workers": 0},
    "threads": {},
    "processes": {"use_multiprocessing": True},
}


def batches(job: Job) -> Iterator[Any]:
    """Iterate over epochs without end."""
    engine = {"workers": job.workers, **ENGINES[job.options["engine"]]}
    with SegmentationSequence(
        job.images,
        job.masks,
        batch_size=job.batch_size,
        palette=job.palette,
        transform=make_transform(job.crop),
        rescale=job.options.get("rescale", 1 / 255),
        samples_per_epoch=job.samples_per_epoch,
        drop_remainder=True,
        **engine,
    ) as sequence:
        while True:
            yield from sequence
            sequence.on_epoch_end()
