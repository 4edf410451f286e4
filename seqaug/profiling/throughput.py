"""How fast settings are: batches taken as fast as they come, in rounds, so that all meet the machine in every mood.

Each run takes all batches that it has begun: rows left behind would compete with the run of the next setting.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np

from seqaug.cache.sample_cache import SampleCache, make_store
from seqaug.engines.base import Engine
from seqaug.engines.inline import InlineEngine
from seqaug.engines.processes.engine import ProcessEngine
from seqaug.engines.threads import ThreadEngine
from seqaug.jobs.parallel_map import sweep
from seqaug.jobs.warm_cache import WarmUp
from seqaug.loader.data_loader import Loader
from seqaug.pipeline.builder import PipelineBuilder
from seqaug.pipeline.rescale import DEFAULT_RESCALE
from seqaug.profiling.results import Pace, Setting
from seqaug.sampling.batch_sampler import BatchSampler

# As `SegmentationSequence` has by default.
_QUEUE = 10
_FEWEST_BATCHES, _MOST_BATCHES = 4, 2000


class Runner:
    """A setting, ready to make batches; its workers live until `close`.

    Args:
        bench: the samples.
        setting: how they are made.
        transform: the bench's, or what the setting leaves of it.
        batch_size: samples in a batch.
    """

    def __init__(self, bench: PipelineBuilder, setting: Setting, transform: Any, batch_size: int) -> None:
        self.setting = setting
        self.rates: list[float] = []
        self.first_batch_seconds = 0.0
        self._batch_size = batch_size
        count = len(bench.source)
        self._engine = _engine(setting)
        cache = None
        if setting.cache:
            store = make_store(
                "memory", None, fingerprint=f"{bench.source.fingerprint} {bench.labels.fingerprint}", num_samples=count
            )
            cache = None if store is None else SampleCache(store, bench.source.cache_key)
        self._cache = cache
        rescale = None if setting.uint8 else DEFAULT_RESCALE
        self._pipeline = bench.pipeline(transform=transform, cache=cache, rescale=rescale)
        self._bench = bench
        self._estimate = 0.0

    def warm(self) -> None:
        """Start the workers, and fill the cache, if there is one."""
        if self._cache is not None:
            for swept in sweep(
                self._engine, WarmUp(self._pipeline), np.arange(len(self._bench.source)), "Filling the cache"
            ):
                for error in swept.errors:
                    raise error
        self._take(1)
        self._estimate = self._take(_FEWEST_BATCHES)

    def run(self, seconds: float) -> None:
        """Take batches for about as long, and note how many samples came in a second."""
        count = round(seconds * self._estimate / self._batch_size)
        self.rates.append(self._take(min(max(count, _FEWEST_BATCHES), _MOST_BATCHES)))

    def _take(self, count: int) -> float:
        """Take a number of batches, and give the samples a second."""
        length = count * self._batch_size
        loader = Loader(
            self._pipeline,
            self._bench.order(length),
            division=BatchSampler(length, self._batch_size),
            engine=self._engine,
            ahead=_QUEUE if self.setting.workers else 0,
            early=0,
            skipped=None,
        )
        begin = perf_counter()
        for batch in loader.batches(0):
            _touch(batch)
            self.first_batch_seconds = self.first_batch_seconds or perf_counter() - begin
        return length / (perf_counter() - begin)

    @property
    def pace(self) -> Pace:
        """What came out."""
        return Pace(median(self.rates), self.first_batch_seconds)

    @property
    def worker_bytes(self) -> int | None:
        """The memory that a worker process has to itself, the largest; None where there is none, or nobody says."""
        pids = self._engine.pids if isinstance(self._engine, ProcessEngine) else []
        sizes = [size for pid in pids if (size := _private_bytes(pid)) is not None]
        return max(sizes, default=None)

    def close(self) -> None:
        """End the workers."""
        self._engine.close()
        if self._cache is not None:
            self._cache.clear()


def run_in_rounds(runners: Sequence[Runner], rounds: int, seconds: float, advance: Callable[[int], None]) -> None:
    """Run each setting in each round, every other round backwards."""
    for number in range(rounds):
        for runner in runners if number % 2 == 0 else reversed(runners):
            runner.run(seconds)
            advance(1)


def gain(runner: Runner, over: Runner) -> float:
    """Give how many times as fast one is as another, the median of the ratios within rounds."""
    return median(rate / other for rate, other in zip(runner.rates, over.rates, strict=True))


def _engine(setting: Setting) -> Engine:
    if not setting.workers:
        return InlineEngine()
    if not setting.processes:
        return ThreadEngine(setting.workers)
    return ProcessEngine(setting.workers, slots=_QUEUE + setting.workers + 2)


def _touch(batch: dict[str, np.ndarray[Any, Any]]) -> None:
    for array in batch.values():
        array.flat[0]


def _private_bytes(pid: int) -> int | None:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:  # no Linux, or it has ended
        return None
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Private_"))
