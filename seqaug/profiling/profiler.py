"""The profiler: time of each stage, throughput by workers, then the best workers with one setting changed at a time."""

from __future__ import annotations

import os
from contextlib import ExitStack, closing
from dataclasses import replace

import numpy as np

from seqaug.augmentation.timed import without
from seqaug.pipeline.builder import PipelineBuilder
from seqaug.profiling.results import Memory, ProfileResults, Setting, Throughput, Trial
from seqaug.profiling.stage_timing import LOADING_STAGES, StageTimes, time_stages
from seqaug.profiling.subset import chosen_samples
from seqaug.profiling.throughput import Runner, run_in_rounds, speedup
from seqaug.reading.png_decoders import png_decoder_name
from seqaug.sources.base import DataSource
from seqaug.utils.progress import progress_bar
from seqaug.utils.system import free_memory

_ROUNDS = 3
# Shares of the given time; the rest starts workers and fills the cache.
_STAGES_SHARE, _WORKERS_SHARE, _TRIALS_SHARE = 0.1, 0.4, 0.35
_MAX_SAMPLES = 256
# Leaving out a transform below this share of a sample's time gains too little to try.
_COSTLY = 0.1
# A setting this close to the fastest is as good: a smaller gain is not worth the memory of more workers.
_AS_FAST = 0.95


def profile(
    source: DataSource, builder: PipelineBuilder, *, batch_size: int, max_workers: int, seconds: float
) -> ProfileResults:
    """Measure throughput, the time of each stage, and what changes of the settings gain.

    Args:
        source: the samples.
        builder: builds the pipelines.
        batch_size: samples per batch.
        max_workers: largest number of workers to try.
        seconds: approximate duration.

    Raises:
        SampleError: a sample cannot be used.
        TransformError: the transform failed.
        ValueError: samples differ in size after the transform.
    """
    num_samples = len(source)
    requests = [] if builder.augmenter is None else builder.augmenter.partner_requests
    counts = None
    if builder.count_classes is not None and any(request.classes is not None for request in requests):
        counts = builder.count_classes(source)
    stages = time_stages(source, builder, _spread(num_samples, _MAX_SAMPLES), seconds * _STAGES_SHARE, counts)
    affordable = _affordable(stages, batch_size, max_workers, seconds)
    affordable = max(min(_MAX_SAMPLES, affordable), 1 + max((request.number for request in requests), default=0))
    measured = sorted({*_spread(num_samples, affordable), *stages.examples})
    subset = chosen_samples(source, measured)
    if counts is not None:
        of_subset = counts.take(np.asarray(measured))
        builder = replace(builder, count_classes=lambda _: of_subset)
    with ExitStack() as stack:
        runners = [_runner(stack, subset, builder, setting, batch_size) for setting in _worker_settings(max_workers)]
        _run(runners, seconds * _WORKERS_SHARE, "Trying workers")
        worker_bytes = max((size for runner in runners if (size := runner.worker_bytes) is not None), default=None)
        throughput = {runner.setting: runner.throughput for runner in runners}
    # Inline work keeps the training loop waiting, however fast it is.
    best = _fewest_of_the_fastest(
        {setting: throughput[setting] for setting in throughput if setting.workers} or throughput
    )
    with ExitStack() as stack:
        baseline = _runner(stack, subset, builder, best, batch_size)
        changed = [_runner(stack, subset, builder, setting, batch_size) for setting in _changes(best, stages)]
        _run([baseline, *changed], seconds * _TRIALS_SHARE, "Trying settings")
        trials = [Trial(runner.setting, runner.throughput, speedup(runner, baseline)) for runner in changed]
    return ProfileResults(
        num_samples=num_samples,
        measured_samples=len(subset),
        batch_size=batch_size,
        stages=stages.milliseconds,
        transforms=stages.transforms,
        throughput=throughput,
        best=best,
        trials=trials,
        memory=Memory(
            worker=worker_bytes,
            batch=stages.row_bytes * batch_size,
            cache=round(stages.loaded_bytes * num_samples),
            free=free_memory(),
        ),
        png_decoders={
            "threads": png_decoder_name(is_parallel=True),
            "others": png_decoder_name(is_parallel=False),
        },
    )


def _spread(count: int, most: int) -> list[int]:
    """Choose indices evenly over the data set."""
    return [int(index) for index in np.linspace(0, count - 1, min(count, most))]


def _affordable(stages: StageTimes, batch_size: int, workers: int, seconds: float) -> int:
    """Estimate how many samples there is time to decode once, to fill the cache."""
    loading = sum(stages.milliseconds.get(name, 0.0) for name in LOADING_STAGES) / 1000
    return max(int(seconds * 0.1 * max(workers, 1) / max(loading, 1e-6)), 2 * batch_size)


def _worker_settings(most: int) -> list[Setting]:
    counts = sorted({most, *(2**power for power in range(most.bit_length()) if 2**power <= most)} - {0})
    kinds = (False, True) if os.name == "posix" else (False,)
    return [Setting(0), *(Setting(count, processes) for processes in kinds for count in counts)]


def _fewest_of_the_fastest(throughput: dict[Setting, Throughput]) -> Setting:
    enough = _AS_FAST * max(measured.samples_per_second for measured in throughput.values())
    fast = [setting for setting, measured in throughput.items() if measured.samples_per_second >= enough]
    return min(fast, key=lambda setting: (setting.workers, setting.processes))


def _changes(best: Setting, stages: StageTimes) -> list[Setting]:
    changes = []
    if os.name == "posix":
        changes.append(best._replace(cache=True))
    if stages.is_uint8:
        changes.append(best._replace(uint8=True))
    costliest = max(stages.removable, key=stages.milliseconds.__getitem__, default=None)
    if costliest is not None and stages.milliseconds[costliest] > _COSTLY * sum(stages.milliseconds.values()):
        changes.append(best._replace(without=costliest))
    return changes


def _runner(
    stack: ExitStack, source: DataSource, builder: PipelineBuilder, setting: Setting, batch_size: int
) -> Runner:
    if setting.without is not None:
        builder = replace(builder, transform=without(builder.transform, setting.without))
    if setting.uint8:
        builder = replace(builder, rescale=None)
    return stack.enter_context(closing(Runner(source, builder, setting, batch_size)))


def _run(runners: list[Runner], seconds: float, description: str) -> None:
    for runner in runners:
        runner.warm_up()
    with progress_bar(description, _ROUNDS * len(runners)) as advance:
        run_in_rounds(runners, _ROUNDS, seconds / (_ROUNDS * len(runners)), advance)
