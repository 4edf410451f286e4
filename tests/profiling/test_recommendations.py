"""What findings mean; nothing is measured here."""

from __future__ import annotations

from dataclasses import replace

import pytest

from seqaug.profiling.recommendations import judge, waiting
from seqaug.profiling.results import Findings, Memory, Pace, Setting, Trial

BEST = Setting(2, True)
CACHE, UINT8 = BEST._replace(cache=True), BEST._replace(uint8=True)
WITHOUT = BEST._replace(without="ElasticTransform")
FINDINGS = Findings(
    num_samples=1000,
    tried_samples=256,
    batch_size=8,
    stages={
        "read": 0.5,
        "decode image": 4.0,
        "decode mask": 2.0,
        "class ids": 1.0,
        "ElasticTransform": 2.0,
        "HorizontalFlip": 0.1,
        "composition": 0.2,
        "write row": 0.2,
    },
    transforms=["ElasticTransform", "HorizontalFlip"],
    paces={
        Setting(0): Pace(100.0, 0.1),
        Setting(1): Pace(100.0, 0.1),
        Setting(2): Pace(150.0, 0.1),
        BEST: Pace(190.0, 0.5),
    },
    best=BEST,
    trials=[
        Trial(CACHE, Pace(500.0, 0.5), 2.5),
        Trial(UINT8, Pace(200.0, 0.5), 1.04),
        Trial(WITHOUT, Pace(240.0, 0.5), 1.25),
    ],
    memory=Memory(worker=70_000_000, batch=10_000_000, cache=600_000_000, free=8_000_000_000),
)


def test_decoding_bounds_and_the_cache_is_next() -> None:
    verdict = judge(FINDINGS)
    assert (verdict.bound, verdict.change, verdict.gain, verdict.waits) == ("decoding", 'cache="memory"', 2.5, None)
    assert verdict.bound_share == pytest.approx(0.6)
    assert verdict.sentences == [
        "Decoding bounds it: 60% of a sample's time.",
        "Workers: workers=2, use_multiprocessing=True is best, 1.9 times as fast as the default, workers=1.",
        'Change next: cache="memory", 2.5 times as fast when tried (all samples take about 600 MB, and 8 GB are free).',
    ]


def test_a_cache_that_does_not_fit_is_a_directory() -> None:
    verdict = judge(replace(FINDINGS, memory=FINDINGS.memory._replace(free=1_000_000_000)))
    assert verdict.change == 'cache="some/directory"'


def test_a_costly_transform_is_named() -> None:
    stages = {**FINDINGS.stages, "ElasticTransform": 20.0}
    trials = [FINDINGS.trials[0]._replace(gain=1.3), FINDINGS.trials[2]._replace(gain=3.0)]
    verdict = judge(replace(FINDINGS, stages=stages, trials=trials))
    assert (verdict.bound, verdict.change, verdict.gain) == ("ElasticTransform", "ElasticTransform", 3.0)
    assert verdict.sentences[0] == "ElasticTransform bounds it: 71% of a sample's time."
    assert verdict.sentences[2].startswith(
        "Change next: ElasticTransform, which takes 20 ms a sample; 3 times as fast when tried without it: apply it to"
    )


def test_uint8() -> None:
    verdict = judge(replace(FINDINGS, trials=[FINDINGS.trials[1]._replace(gain=1.2)]))
    assert verdict.change == "rescale=None"
    assert "rescale=None (uint8 batches, with keras.layers.Rescaling(1 / 255) in the model), 1.2 times" in str(verdict)


@pytest.mark.parametrize("trials", [[], [FINDINGS.trials[1]]])
def test_where_nothing_helps_nothing_is_to_be_changed(trials: list[Trial]) -> None:
    verdict = judge(replace(FINDINGS, trials=trials, best=Setting(1)))
    assert (verdict.change, verdict.gain) == (None, 1.0)
    assert verdict.sentences[1:] == [
        "Workers: the default, workers=1, does as well as any number that was tried.",
        "No other setting that was tried gains 5 %; more processor cores would.",
    ]


def test_an_accelerator_that_waits() -> None:
    verdict = judge(FINDINGS, 380.0)
    assert verdict.waits == pytest.approx(0.5)
    assert verdict.sentences[3:] == [
        "The model takes 380 samples/s (21.1 ms a step), and workers=2, use_multiprocessing=True makes 190: the "
        "accelerator will wait 21.1 ms for each batch, 50% of the time.",
        'With cache="memory" it would not wait.',
    ]
    assert judge(FINDINGS, 950.0).sentences[-1] == 'With cache="memory" it would wait 50% of the time.'


@pytest.mark.parametrize(("needed", "enough"), [(90.0, "workers=1"), (120.0, "workers=2"), (180.0, "workers=2, use")])
def test_an_accelerator_that_does_not_wait_needs_no_more_than_enough(needed: float, enough: str) -> None:
    verdict = judge(FINDINGS, needed)
    assert verdict.waits == 0
    assert f"it will not wait; {enough}" in verdict.sentences[-1]


def test_the_share_of_waiting() -> None:
    assert waiting(50.0, 100.0) == 0.5
    assert waiting(200.0, 100.0) == 0
