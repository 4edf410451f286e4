"""What the findings mean: what bounds the input, what to change next, and whether an accelerator will wait."""

from __future__ import annotations

from typing import NamedTuple

from seqaug.profiling.results import Findings, Setting, Trial
from seqaug.utils.validation import described_bytes

# A gain below this is not worth a change, nor beyond doubt.
_WORTH_WHILE = 1.05
# A sequence gives this share of the free memory to its cache.
_SHARE_OF_CACHE = 0.5
_GROUPS = {
    "read": "reading",
    "decode image": "decoding",
    "decode mask": "decoding",
    "class ids": "turning colours into class ids",
    "composition": "the composition around the transforms",
    "resize": "resizing to image_size",
    "write row": "writing the batch",
}


class Verdict(NamedTuple):
    """What the findings mean.

    Attributes:
        bound: what takes most of a sample's time, a group of stages or a transform.
        bound_share: its share of that time.
        change: the setting to change next, as text; None where none gains enough.
        gain: how many times as fast it made samples when it was tried.
        sentences: all of it in words.
        waits: the share of time that the accelerator will wait with the best workforce; None where it is not known.
    """

    bound: str
    bound_share: float
    change: str | None
    gain: float
    sentences: list[str]
    waits: float | None


def judge(findings: Findings, needed: float | None = None) -> Verdict:
    """Say what the findings mean.

    Args:
        findings: of an examination.
        needed: samples a second that the model takes, or None.
    """
    bound, share = _bound(findings)
    sentences = [f"{bound[0].upper()}{bound[1:]} bounds it: {share:.0%} of a sample's time."]
    sentences.append(_workers(findings))
    best = max(findings.trials, key=lambda trial: trial.gain, default=None)
    change, gain = None, 1.0
    if best is None or best.gain < _WORTH_WHILE:
        sentences.append("No other setting that was tried gains 5 %; more processor cores would.")
    else:
        change, gain = _named(best, findings), best.gain
        sentences.append(f"Change next: {_advice(best, findings)}.")
    waits = None
    if needed is not None:
        rate = findings.paces[findings.best].samples_per_second
        waits = waiting(rate, needed)
        sentences += _accelerator(findings, needed, best if change else None)
    return Verdict(bound, share, change, gain, sentences, waits)


def waiting(rate: float, needed: float) -> float:
    """Give the share of time that an accelerator waits which takes `needed` samples a second, and gets `rate`."""
    return max(1 - rate / needed, 0.0)


def _bound(findings: Findings) -> tuple[str, float]:
    """Find what takes most: a group of stages, or a single transform."""
    groups: dict[str, float] = {}
    for stage, milliseconds in findings.stages.items():
        group = stage if stage in findings.transforms else _GROUPS[stage]
        groups[group] = groups.get(group, 0.0) + milliseconds
    bound = max(groups, key=groups.__getitem__)
    return bound, groups[bound] / sum(groups.values())


def _workers(findings: Findings) -> str:
    best, paces = findings.best, findings.paces
    default = paces.get(Setting(1), paces[best]).samples_per_second
    ratio = paces[best].samples_per_second / default
    if best == Setting(1) or ratio < _WORTH_WHILE:
        return "Workers: the default, workers=1, does as well as any number that was tried."
    return f"Workers: {best.arguments} is best, {ratio:.1f} times as fast as the default, workers=1."


def _named(trial: Trial, findings: Findings) -> str:
    if trial.setting.cache:
        fits = findings.memory.cache <= findings.memory.free * _SHARE_OF_CACHE
        return 'cache="memory"' if fits else 'cache="some/directory"'
    if trial.setting.uint8:
        return "rescale=None"
    return f"{trial.setting.without}"


def _advice(trial: Trial, findings: Findings) -> str:
    name = _named(trial, findings)
    gained = f"{trial.gain:.2g} times as fast when tried"
    memory = findings.memory
    if trial.setting.cache:
        takes = f"all samples take about {described_bytes(memory.cache)}, and {described_bytes(memory.free)} are free"
        return f"{name}, {gained} ({takes})"
    if trial.setting.uint8:
        return f"{name} (uint8 batches, with keras.layers.Rescaling(1 / 255) in the model), {gained}"
    cost = findings.stages[str(trial.setting.without)]
    return (
        f"{name}, which takes {cost:.3g} ms a sample; {gained} without it: apply it to fewer samples (p), "
        "behind a crop, or take a cheaper one"
    )


def _accelerator(findings: Findings, needed: float, best: Trial | None) -> list[str]:
    size = findings.batch_size
    rate = findings.paces[findings.best].samples_per_second
    step = size / needed * 1000
    said = f"The model takes {needed:.4g} samples/s ({step:.3g} ms a step), and {findings.best.arguments} "
    if rate >= needed:
        enough = min(
            (setting for setting, pace in findings.paces.items() if pace.samples_per_second >= needed),
            key=lambda setting: (not setting.workers, setting.workers, setting.processes),
        )
        return [f"{said}makes {rate:.4g}: it will not wait; {enough.arguments} is enough."]
    sentences = [
        f"{said}makes {rate:.4g}: the accelerator will wait {size / rate * 1000 - step:.3g} ms for each batch, "
        f"{waiting(rate, needed):.0%} of the time."
    ]
    if best is not None:
        left = waiting(rate * best.gain, needed)
        name = _named(best, findings)
        change = f"Without {name}" if best.setting.without else f"With {name}"
        sentences.append(f"{change} it would {f'wait {left:.0%} of the time' if left else 'not wait'}.")
    return sentences
