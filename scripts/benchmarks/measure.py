"""Measure one contender: a job as JSON on standard input, one line of JSON on standard output.

Every measurement has its own process, so that contenders do not affect each other. Worker processes import this module
again as the main one, so it imports next to nothing.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any, NamedTuple

from job import Job
from usage import cpu_seconds, worker_megabytes

Batches = Callable[[Job], Iterator[Any]]


def consume(stream: Iterator[Any]) -> None:
    """Take the next batch and read a value of each array."""
    for array in next(stream):
        float(array[(0,) * array.ndim])


class Rate(NamedTuple):
    """Throughput of batches."""

    samples_per_second: float
    cpu_milliseconds: float | None  # per sample, over all processes; hardly affected by other programs


def rate(stream: Iterator[Any], seconds: float, batch_size: int, at_least: int = 1) -> Rate:
    """Measure throughput for some time, and over `at_least` samples."""
    cpu_before, start, count = cpu_seconds(), time.perf_counter(), 0
    while (elapsed := time.perf_counter() - start) < seconds or count < at_least:
        consume(stream)
        count += batch_size
    cpu_after = cpu_seconds()
    return Rate(
        count / elapsed, None if cpu_before is None or cpu_after is None else (cpu_after - cpu_before) * 1e3 / count
    )


def idle_share(stream: Iterator[Any], seconds: float, step: float) -> float:
    """Simulate an accelerator with a fixed step time; return the share of time that it waits after the first batch."""
    consume(stream)
    start, waited = time.perf_counter(), 0.0
    while (requested := time.perf_counter()) - start < seconds or not waited:
        time.sleep(step)
        requested = time.perf_counter()
        consume(stream)
        waited += time.perf_counter() - requested
    return waited / (requested - start)


def measure(batches: Batches, job: Job) -> dict[str, float | None]:
    """Measure the time to the first batch, samples/s after a warm-up, and what else the job asks for."""
    start = time.perf_counter()
    with closing(batches(job)) as stream:
        consume(stream)
        first = time.perf_counter() - start
        # No sample repeats within a pass: after one pass, all are decoded and cached.
        rate(stream, job.seconds / 2, job.batch_size, at_least=len(job.images) if job.is_cached else 1)
        steady = rate(stream, job.seconds, job.batch_size)
        megabytes = worker_megabytes()
    idle = None
    if job.step_share is not None:
        # From a fresh start, with nothing prefetched, and right away, while the machine's speed is the same.
        with closing(batches(job)) as stream:
            idle = idle_share(stream, job.seconds, job.batch_size / (job.step_share * steady.samples_per_second))
    return {
        **steady._asdict(),
        "first_batch_seconds": first,
        "worker_megabytes": megabytes,
        "idle_share": idle,
    }


def main() -> None:
    """Run the job of standard input; libraries are imported before the clock starts."""
    job = Job(**json.load(sys.stdin))
    print(json.dumps(measure(importlib.import_module(job.module).batches, job)), flush=True)


if __name__ == "__main__":
    main()
