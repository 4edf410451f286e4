"""Throughput of settings: batches are consumed as fast as they come, in rounds, so that noise meets all settings alike.

Each run consumes every batch that it has submitted: rows left behind would compete with the next setting's run.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np

from seqaug.cache.sample_cache import SampleCache, make_store
from seqaug.engines.factory import make_engine
from seqaug.engines.processes.engine import ProcessEngine
from seqaug.jobs.parallel_map import parallel_map
from seqaug.jobs.warm_cache import WarmUp
from seqaug.loader.data_loader import DEFAULT_MAX_QUEUE_SIZE, Loader
from seqaug.pipeline.builder import PipelineBuilder
from seqaug.profiling.results import Setting, Throughput
from seqaug.sampling.batch_sampler import BatchSampler
from seqaug.sampling.samplers import ShuffleSampler
from seqaug.sources.base import DataSource

_MIN_BATCHES, _MAX_BATCHES = 4, 2000


class Runner:
    """Delivers batches in one setting; its workers live until `close`.

    Args:
        source: the samples.
        builder: builds the pipeline, with the setting's transform and rescale.
        setting: the setting.
        batch_size: samples per batch.
    """

    def __init__(self, source: DataSource, builder: PipelineBuilder, setting: Setting, batch_size: int) -> None:
        self.setting = setting
        self.rates: list[float] = []
        self.first_batch_seconds = 0.0
        self._batch_size = batch_size
        self._num_samples = len(source)
        self._seed = builder.seed
        self._engine = make_engine(
            setting.workers, use_multiprocessing=setting.processes, max_queue_size=DEFAULT_MAX_QUEUE_SIZE
        )
        cache = None
        if setting.cache:
            store = make_store(
                "memory",
                None,
                fingerprint=f"{source.fingerprint} {builder.labels.fingerprint}",
                num_samples=self._num_samples,
            )
            cache = None if store is None else SampleCache(store, source.cache_key)
        self._cache = cache
        # Of tiles, each is cached: the whole images may be many more than those that are measured.
        self._pipeline = builder.pipeline(source, cache=cache, caches_by_file=False)
        self._estimate = 0.0

    def warm_up(self) -> None:
        """Start the workers, and fill the cache if there is one."""
        if self._cache is not None:
            for chunk in parallel_map(
                self._engine, WarmUp(self._pipeline), np.arange(self._num_samples), "Filling the cache"
            ):
                for error in chunk.errors:
                    raise error
        self._consume(1)
        self._estimate = self._consume(_MIN_BATCHES)

    def run(self, seconds: float) -> None:
        """Consume batches for about `seconds`, and append the samples per second to `rates`."""
        count = round(seconds * self._estimate / self._batch_size)
        self.rates.append(self._consume(min(max(count, _MIN_BATCHES), _MAX_BATCHES)))

    def _consume(self, count: int) -> float:
        """Consume `count` batches and return the samples per second."""
        length = count * self._batch_size
        loader = Loader(
            self._pipeline,
            ShuffleSampler(self._num_samples, length, self._seed),
            batch_sampler=BatchSampler(length, self._batch_size),
            engine=self._engine,
            prefetch_batches=DEFAULT_MAX_QUEUE_SIZE if self.setting.workers else 0,
            warm_batches=0,
            skipped=None,
        )
        start = perf_counter()
        for batch in loader.batches(0):
            _touch(batch)
            self.first_batch_seconds = self.first_batch_seconds or perf_counter() - start
        return length / (perf_counter() - start)

    @property
    def throughput(self) -> Throughput:
        """The measured throughput."""
        return Throughput(median(self.rates), self.first_batch_seconds)

    @property
    def worker_bytes(self) -> int | None:
        """Private memory of the largest worker process; None without processes, or where the system does not tell."""
        pids = self._engine.pids if isinstance(self._engine, ProcessEngine) else []
        sizes = [size for pid in pids if (size := _private_bytes(pid)) is not None]
        return max(sizes, default=None)

    def close(self) -> None:
        """Stop the workers and free the cache."""
        self._engine.close()
        if self._cache is not None:
            self._cache.clear()


def run_in_rounds(runners: Sequence[Runner], rounds: int, seconds: float, advance: Callable[[int], None]) -> None:
    """Run each setting once per round, in reverse order every other round."""
    for number in range(rounds):
        for runner in runners if number % 2 == 0 else reversed(runners):
            runner.run(seconds)
            advance(1)


def speedup(runner: Runner, baseline: Runner) -> float:
    """Median over rounds of a runner's rate relative to the baseline's."""
    return median(rate / other for rate, other in zip(runner.rates, baseline.rates, strict=True))


def _touch(batch: dict[str, np.ndarray[Any, Any]]) -> None:
    for array in batch.values():
        array.flat[0]


def _private_bytes(pid: int) -> int | None:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:  # not Linux, or the process has exited
        return None
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Private_"))
