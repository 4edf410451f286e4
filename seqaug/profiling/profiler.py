"""The examination: stages, workforces, and then the best of them with one setting changed at a time."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import replace

import numpy as np

from seqaug.augmentation.timed import without
from seqaug.cache.budget import free_memory
from seqaug.pipeline.builder import PipelineBuilder
from seqaug.profiling.results import Findings, Memory, Pace, Setting, Trial
from seqaug.profiling.stage_timing import Stages, measure_stages
from seqaug.profiling.throughput import Runner, gain, run_in_rounds
from seqaug.utils.progress import progress_bar

_ROUNDS = 3
# Shares of the time: the rest goes to starting workers and filling the cache.
_STAGES, _WORKFORCES, _TRIALS = 0.1, 0.4, 0.35
_SAMPLES = 256
# A transform below this share of a sample's time is not worth doing without.
_COSTLY = 0.1
# More workers for less than this are not worth their memory.
_AS_FAST = 0.95


def examine(bench: PipelineBuilder, *, batch_size: int, most_workers: int, seconds: float) -> Findings:
    """Measure how fast samples are made, and what each setting would change.

    Args:
        bench: the samples, as they are to be made.
        batch_size: samples in a batch.
        most_workers: up to how many workers to try.
        seconds: how long it takes, about.

    Raises:
        SampleError: a sample cannot be used.
        TransformError: the transform failed.
        ValueError: samples do not end at one size.
    """
    count = len(bench.source)
    stages = measure_stages(bench, _spread(count, _SAMPLES), seconds * _STAGES)
    part = _part(bench, _spread(count, min(_SAMPLES, _affordable(stages, batch_size, most_workers, seconds))))
    workforces = _workforces(most_workers)
    worker_bytes = None
    with ExitStack() as stack:
        runners = [_runner(stack, part, setting, batch_size) for setting in workforces]
        _run(runners, seconds * _WORKFORCES, "Trying workers")
        worker_bytes = max((size for runner in runners if (size := runner.worker_bytes) is not None), default=None)
        paces = {runner.setting: runner.pace for runner in runners}
    # What works inline keeps a loop of one's own waiting, however fast it is.
    best = _fewest_of_the_fastest({setting: paces[setting] for setting in workforces if setting.workers} or paces)
    with ExitStack() as stack:
        base = _runner(stack, part, best, batch_size)
        tried = [_runner(stack, part, setting, batch_size) for setting in _changes(best, stages)]
        _run([base, *tried], seconds * _TRIALS, "Trying settings")
        trials = [Trial(runner.setting, runner.pace, gain(runner, base)) for runner in tried]
    return Findings(
        num_samples=count,
        tried_samples=len(part.source),
        batch_size=batch_size,
        stages=stages.milliseconds,
        transforms=stages.transforms,
        paces=paces,
        best=best,
        trials=trials,
        memory=Memory(
            worker=worker_bytes,
            batch=stages.row_bytes * batch_size,
            cache=round(stages.loaded_bytes * count),
            free=free_memory(),
        ),
    )


def _spread(count: int, most: int) -> list[int]:
    """Choose samples from all over the data set."""
    return [int(index) for index in np.linspace(0, count - 1, min(count, most))]


def _affordable(stages: Stages, batch_size: int, workers: int, seconds: float) -> int:
    """Say how many samples there is time to decode once, to fill the cache with."""
    loading = sum(stages.milliseconds[name] for name in ("read", "decode image", "decode mask", "class ids")) / 1000
    return max(int(seconds * 0.1 * max(workers, 1) / max(loading, 1e-6)), 2 * batch_size)


def _part(bench: PipelineBuilder, indices: Sequence[int]) -> PipelineBuilder:
    return replace(
        bench, images=[bench.images[index] for index in indices], masks=[bench.masks[index] for index in indices]
    )


def _workforces(most: int) -> list[Setting]:
    counts = sorted({most, *(2**power for power in range(most.bit_length()) if 2**power <= most)} - {0})
    kinds = (False, True) if os.name == "posix" else (False,)
    return [Setting(0), *(Setting(count, processes) for processes in kinds for count in counts)]


def _fewest_of_the_fastest(paces: dict[Setting, Pace]) -> Setting:
    enough = _AS_FAST * max(pace.samples_per_second for pace in paces.values())
    fast = [setting for setting, pace in paces.items() if pace.samples_per_second >= enough]
    return min(fast, key=lambda setting: (setting.workers, setting.processes))


def _changes(best: Setting, stages: Stages) -> list[Setting]:
    changes = []
    if os.name == "posix":
        changes.append(best._replace(cache=True))
    if stages.is_uint8:
        changes.append(best._replace(uint8=True))
    costliest = max(stages.dispensable, key=stages.milliseconds.__getitem__, default=None)
    if costliest is not None and stages.milliseconds[costliest] > _COSTLY * sum(stages.milliseconds.values()):
        changes.append(best._replace(without=costliest))
    return changes


def _runner(stack: ExitStack, bench: PipelineBuilder, setting: Setting, batch_size: int) -> Runner:
    transform = bench.transform if setting.without is None else without(bench.transform, setting.without)
    return stack.enter_context(closing(Runner(bench, setting, transform, batch_size)))


def _run(runners: list[Runner], seconds: float, description: str) -> None:
    for runner in runners:
        runner.warm()
    with progress_bar(description, _ROUNDS * len(runners)) as advance:
        run_in_rounds(runners, _ROUNDS, seconds / (_ROUNDS * len(runners)), advance)
