"""Contender: this package, in a plain loop."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from typing import Any

from job import Job
from sample import make_transform

from seqaug import SegmentationSequence

ENGINES: dict[str, dict[str, Any]] = {
    "inline": {"workers": 0},
    "threads": {},
    "processes": {"use_multiprocessing": True},
}


def make_sequence(job: Job, cache: str | None, **arguments: Any) -> SegmentationSequence:
    """Create a sequence of a job's samples, with an empty cache, "memory" or "directory", or None."""
    engine = {"workers": job.workers, **ENGINES[job.options["engine"]]}
    settings: dict[str, Any] = {
        "images": job.images,
        "masks": job.masks,
        "batch_size": job.batch_size,
        "palette": job.palette,
        "transform": make_transform(job.crop),
        "rescale": job.options.get("rescale", 1 / 255),
        "dtype": job.options.get("dtype", "float32"),
        "repeats": job.options.get("repeats", 1),
        "cache": tempfile.mkdtemp(dir=job.folder) if cache == "directory" else cache,
    }
    return SegmentationSequence(**{**settings, **engine, **arguments})


def batches(job: Job) -> Iterator[Any]:
    """Iterate over epochs endlessly."""
    cache = job.options.get("cache")
    with make_sequence(job, cache, samples_per_epoch=job.samples_per_epoch, drop_remainder=True) as sequence:
        while True:
            yield from sequence
            sequence.on_epoch_end()
