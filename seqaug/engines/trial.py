"""A short trial of how samples are made, from which kind and number of workers are chosen."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from time import perf_counter, process_time
from typing import NamedTuple

import numpy as np

from seqaug.core.parallel_threads import mark_parallel_thread
from seqaug.core.rng import global_state_kept
from seqaug.core.sample_request import SampleRequest
from seqaug.engines.base import SampleProcessor

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

_MOST_SAMPLES = 8
# Seconds of each part: reading the samples for the first time, in one thread, in two.
_WARM_UP, _ALONE, _TOGETHER = 0.08, 0.06, 0.06
# Seconds after which no further part is started.
_BUDGET = 0.3


class Trial(NamedTuple):
    """How samples are made.

    Attributes:
        seconds: duration of a sample in one thread.
        thread_speedup: samples per second of two threads, relative to one; None: not tried, as samples take too long.
        waits: share of a sample's time that it waits, for files or servers; 0 where that is below a half.
        row_bytes: bytes of a sample in a batch.
    """

    seconds: float
    thread_speedup: float | None
    waits: float
    row_bytes: int


def try_samples(processor: SampleProcessor, requests: Sequence[SampleRequest]) -> Trial | None:
    """Make a few samples in this process, in at most about 0.3 seconds, or once where one sample takes longer.

    Args:
        processor: makes samples.
        requests: samples that are needed soon.

    Returns:
        The trial; None where a sample cannot be made.
    """
    start = perf_counter()
    row_bytes, tried = 0, []

    def make(request: SampleRequest) -> None:
        nonlocal row_bytes
        sample = processor.sample(request)
        row = {name: np.empty(shape, dtype) for name, (shape, dtype) in processor.layout(sample).items()}
        processor.write(sample, row)
        row_bytes = sum(array.nbytes for array in row.values())

    # What fails here fails again, and is reported, when the batch is made.
    with global_state_kept(), suppress(Exception):
        for request in requests[:_MOST_SAMPLES]:
            make(request)
            tried.append(request)
            if perf_counter() - start > _WARM_UP:
                break
        first = (perf_counter() - start) / len(tried)
        if first > _BUDGET / 2:
            return Trial(first, None, 0.0, row_bytes)
        blocked, busy = _times_blocked(), process_time()
        count, seconds = _repeat(make, tried, lambda _, passed: passed < _ALONE)
        waits = max(1 - (process_time() - busy) / seconds, 0.0)
        is_blocked = _times_blocked() - blocked >= count
        alone = seconds / count
        speedup = None
        if perf_counter() - start + alone < _BUDGET:
            speedup = _speedup_of_two_threads(make, tried, alone)
        return Trial(alone, speedup, waits if is_blocked and waits > 0.5 else 0.0, row_bytes)
    return None


def _speedup_of_two_threads(
    make: Callable[[SampleRequest], None], requests: Sequence[SampleRequest], alone: float
) -> float:
    most = max(int(_TOGETHER / alone), 1)

    def work() -> None:
        mark_parallel_thread()
        with suppress(Exception):
            _repeat(make, requests, lambda count, _: count < most)

    threads = [threading.Thread(target=work, name="seqaug-trial") for _ in range(2)]
    start = perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return 2 * most * alone / (perf_counter() - start)


def _repeat(
    make: Callable[[SampleRequest], None], requests: Sequence[SampleRequest], goes_on: Callable[[int, float], bool]
) -> tuple[int, float]:
    """Make samples in turn, at least one; return how many, and the seconds."""
    start, count = perf_counter(), 0
    while not count or goes_on(count, perf_counter() - start):
        make(requests[count % len(requests)])
        count += 1
    return count, perf_counter() - start


def _times_blocked() -> int:
    """Return how often this thread has waited for something else than a core; 0 where the system does not tell."""
    which = getattr(resource, "RUSAGE_THREAD", None)
    return 0 if which is None else resource.getrusage(which).ru_nvcsw
