"""Measure one contender: a job as JSON on standard input, one line of JSON on standard output.

Every measurement is a process of its own, so that contenders meet neither each other's libraries nor their remains.
This module is what worker processes import again as the main one, and so it imports next to nothing.
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
    """Take the next batch and read a value of each of its arrays."""
    for array in next(stream):
        float(array[(0,) * array.ndim])


class Rate(NamedTuple):
    """How fast batches came."""

    samples_per_second: float
    cpu_milliseconds: float | None  # for a sample, of all processes: hardly moved by who else computes


def rate(stream: Iterator[Any], seconds: float, batch_size: int, at_least: int = 1) -> Rate:
    """Count samples, from one batch's arrival to another's, for some time and at least so many of them."""
    used, begin, count = cpu_seconds(), time.perf_counter(), 0
    while (passed := time.perf_counter() - begin) < seconds or count < at_least:
        consume(stream)
        count += batch_size
    used_now = cpu_seconds()
    return Rate(count / passed, None if used is None or used_now is None else (used_now - used) * 1e3 / count)


def idle_share(stream: Iterator[Any], seconds: float, step: float) -> float:
    """Simulate an accelerator whose steps take a set time: the share of time that it waits after the first batch."""
    consume(stream)
    begin, waited = time.perf_counter(), 0.0
    while (asked := time.perf_counter()) - begin < seconds or not waited:
        time.sleep(step)
        asked = time.perf_counter()
        consume(stream)
        waited += time.perf_counter() - asked
    return waited / (asked - begin)


def measure(batches: Batches, job: Job) -> dict[str, float | None]:
    """Measure the time to the first batch, samples/s after a warm-up, and what the job asks for beside these."""
    begin = time.perf_counter()
    with closing(batches(job)) as stream:
        consume(stream)
        first = time.perf_counter() - begin
        # Every sample comes once before any comes again: after one pass, all are decoded, and in their cache.
        rate(stream, job.seconds / 2, job.batch_size, at_least=len(job.images) if job.is_cached else 1)
        steady = rate(stream, job.seconds, job.batch_size)
        megabytes = worker_megabytes()
    idle = None
    if job.step_share is not None:
        # From a fresh start, where nothing is prepared yet, and at once, while the machine is as fast as it was.
        with closing(batches(job)) as stream:
            idle = idle_share(stream, job.seconds, job.batch_size / (job.step_share * steady.samples_per_second))
    return {
        **steady._asdict(),
        "first_batch_seconds": first,
        "worker_megabytes": megabytes,
        "idle_share": idle,
    }


def main() -> None:
    """Measure what standard input says; libraries are imported before the clock starts."""
    job = Job(**json.load(sys.stdin))
    print(json.dumps(measure(importlib.import_module(job.module).batches, job)), flush=True)


if __name__ == "__main__":
    main()
