"""Turn a profile into a recommendation: the bottleneck, what to change next, and whether the accelerator will wait."""

from __future__ import annotations

from typing import NamedTuple

from seqaug.cache.budget import FREE_MEMORY_SHARE
from seqaug.profiling.results import ProfileResults, Setting, Trial
from seqaug.utils.validation import format_bytes

# A smaller speedup is neither worth a change nor beyond the noise.
_WORTHWHILE = 1.05
_GROUPS = {
    "read": "reading",
    "decode image": "decoding",
    "decode mask": "decoding",
    "load": "loading",
    "transform": "the transform",
    "class ids": "conversion of colours to class ids",
    "prepare": "prepare, which a cache keeps",
    "load partners": "loading the samples that others are mixed with, which a cache keeps",
    "composition": "the composition's overhead",
    "resize": "resizing to image_size",
    "write row": "writing the batch",
}


class Recommendation(NamedTuple):
    """What a profile means.

    Attributes:
        bottleneck: the group of stages, or the transform, that takes most of a sample's time.
        bottleneck_share: its share of that time, 0 to 1.
        change: the setting to change next, as text; None if none is worthwhile.
        speedup: measured speedup of that change; 1 without one.
        sentences: all of it as text.
        wait_fraction: share of the time that the accelerator will wait for batches with the best workers, 0 to 1;
            None if the model's speed is unknown.
    """

    bottleneck: str
    bottleneck_share: float
    change: str | None
    speedup: float
    sentences: list[str]
    wait_fraction: float | None


def recommend(results: ProfileResults, required: float | None = None) -> Recommendation:
    """Recommend what to change next.

    Args:
        results: of `seqaug.profiling.profiler.profile`.
        required: samples per second that the model consumes, or None.
    """
    bottleneck, share = _bottleneck(results)
    sentences = [f"Bottleneck: {bottleneck}, {share:.0%} of a sample's time."]
    sentences.append(_workers(results))
    best = max(results.trials, key=lambda trial: trial.speedup, default=None)
    change, speedup = None, 1.0
    if best is None or best.speedup < _WORTHWHILE:
        sentences.append("No other setting that was tried gains 5 %; more processor cores would.")
    else:
        change, speedup = _name(best, results), best.speedup
        sentences.append(f"Change next: {_advice(best, results)}.")
    fraction = None
    if required is not None:
        fraction = wait_fraction(results.throughput[results.best].samples_per_second, required)
        sentences += _accelerator(results, required, best if change else None)
    return Recommendation(bottleneck, share, change, speedup, sentences, fraction)


def wait_fraction(delivered: float, required: float) -> float:
    """Share of the time that an accelerator waits for batches, 0 to 1, from samples per second."""
    return max(1 - delivered / required, 0.0)


def _bottleneck(results: ProfileResults) -> tuple[str, float]:
    """Find the group of stages, or the single transform, that takes most of the time."""
    groups: dict[str, float] = {}
    for stage, milliseconds in results.stages.items():
        group = stage if stage in results.transforms else _GROUPS[stage]
        groups[group] = groups.get(group, 0.0) + milliseconds
    largest = max(groups, key=groups.__getitem__)
    return largest, groups[largest] / sum(groups.values())


def _workers(results: ProfileResults) -> str:
    best, throughput = results.best, results.throughput
    default = throughput.get(Setting(1), throughput[best]).samples_per_second
    speedup = throughput[best].samples_per_second / default
    if best == Setting(1) or speedup < _WORTHWHILE:
        return "Workers: none of the settings that were tried beats the default, workers=1."
    return f"Workers: {best.arguments} is best, {speedup:.1f} times as fast as the default, workers=1."


def _name(trial: Trial, results: ProfileResults) -> str:
    if trial.setting.cache:
        fits = results.memory.cache <= results.memory.free * FREE_MEMORY_SHARE
        return 'cache="memory"' if fits else 'cache="some/directory"'
    if trial.setting.uint8:
        return "rescale=None"
    return f"{trial.setting.without}"


def _advice(trial: Trial, results: ProfileResults) -> str:
    name = _name(trial, results)
    measured = f"measured {trial.speedup:.2g} times as fast"
    memory = results.memory
    if trial.setting.cache:
        takes = f"all samples take about {format_bytes(memory.cache)}; {format_bytes(memory.free)} are free"
        return f"{name}, {measured} ({takes})"
    if trial.setting.uint8:
        return f"{name} (uint8 batches, with keras.layers.Rescaling(1 / 255) in the model), {measured}"
    cost = results.stages[str(trial.setting.without)]
    return (
        f"{name}, which takes {cost:.3g} ms per sample; {measured} without it: apply it to fewer samples (p), "
        "after a crop, or use a cheaper one"
    )


def _accelerator(results: ProfileResults, required: float, best: Trial | None) -> list[str]:
    size = results.batch_size
    delivered = results.throughput[results.best].samples_per_second
    step = size / required * 1000
    rates = (
        f"The model consumes {required:.4g} samples/s ({step:.3g} ms per step); {results.best.arguments} "
        f"delivers {delivered:.4g}: "
    )
    if delivered >= required:
        enough = min(
            (setting for setting, measured in results.throughput.items() if measured.samples_per_second >= required),
            key=lambda setting: (not setting.workers, setting.workers, setting.processes),
        )
        return [f"{rates}it will not wait; {enough.arguments} is enough."]
    sentences = [
        f"{rates}the accelerator will wait {size / delivered * 1000 - step:.3g} ms for each batch, "
        f"{wait_fraction(delivered, required):.0%} of the time."
    ]
    if best is not None:
        left = wait_fraction(delivered * best.speedup, required)
        name = _name(best, results)
        change = f"Without {name}" if best.setting.without else f"With {name}"
        sentences.append(f"{change} it would {f'wait {left:.0%} of the time' if left else 'not wait'}.")
    return sentences
