"""Recommendations from given measurements; nothing is measured here."""

from __future__ import annotations

from dataclasses import replace

import pytest

from seqaug.profiling.recommendations import recommend, wait_fraction
from seqaug.profiling.results import Memory, ProfileResults, Setting, Throughput, Trial

BEST = Setting(2, True)
CACHE, UINT8 = BEST._replace(cache=True), BEST._replace(uint8=True)
WITHOUT = BEST._replace(without="ElasticTransform")
RESULTS = ProfileResults(
    num_samples=1000,
    measured_samples=256,
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
    throughput={
        Setting(0): Throughput(100.0, 0.1),
        Setting(1): Throughput(100.0, 0.1),
        Setting(2): Throughput(150.0, 0.1),
        BEST: Throughput(190.0, 0.5),
    },
    best=BEST,
    trials=[
        Trial(CACHE, Throughput(500.0, 0.5), 2.5),
        Trial(UINT8, Throughput(200.0, 0.5), 1.04),
        Trial(WITHOUT, Throughput(240.0, 0.5), 1.25),
    ],
    memory=Memory(worker=70_000_000, batch=10_000_000, cache=600_000_000, free=8_000_000_000),
    png_decoders={"threads": "OpenCV 5.0", "others": "OpenCV 5.0"},
)


def test_decoding_is_the_bottleneck_and_the_cache_is_next() -> None:
    advice = recommend(RESULTS)
    assert (advice.bottleneck, advice.change, advice.speedup, advice.wait_fraction) == (
        "decoding",
        'cache="memory"',
        2.5,
        None,
    )
    assert advice.bottleneck_share == pytest.approx(0.6)
    assert advice.sentences == [
        "Bottleneck: decoding, 60% of a sample's time.",
        "Workers: workers=2, use_multiprocessing=True is best, 1.9 times as fast as the default, workers=1.",
        'Change next: cache="memory", measured 2.5 times as fast (all samples take about 600 MB; 8 GB are free).',
    ]


def test_a_cache_that_does_not_fit_is_a_directory() -> None:
    advice = recommend(replace(RESULTS, memory=RESULTS.memory._replace(free=1_000_000_000)))
    assert advice.change == 'cache="some/directory"'


def test_a_costly_transform_is_named() -> None:
    stages = {**RESULTS.stages, "ElasticTransform": 20.0}
    trials = [RESULTS.trials[0]._replace(speedup=1.3), RESULTS.trials[2]._replace(speedup=3.0)]
    advice = recommend(replace(RESULTS, stages=stages, trials=trials))
    assert (advice.bottleneck, advice.change, advice.speedup) == (
        "ElasticTransform",
        "ElasticTransform",
        3.0,
    )
    assert advice.sentences[0] == "Bottleneck: ElasticTransform, 71% of a sample's time."
    assert advice.sentences[2].startswith(
        "Change next: ElasticTransform, which takes 20 ms per sample; measured 3 times as fast without it: apply it to"
    )


def test_uint8() -> None:
    advice = recommend(replace(RESULTS, trials=[RESULTS.trials[1]._replace(speedup=1.2)]))
    assert advice.change == "rescale=None"
    assert "rescale=None (uint8 batches, with keras.layers.Rescaling(1 / 255) in the model), measured 1.2 times" in str(
        advice
    )


@pytest.mark.parametrize("trials", [[], [RESULTS.trials[1]]])
def test_nothing_is_to_be_changed_where_nothing_helps(trials: list[Trial]) -> None:
    advice = recommend(replace(RESULTS, trials=trials, best=Setting(1)))
    assert (advice.change, advice.speedup) == (None, 1.0)
    assert advice.sentences[1:] == [
        "Workers: none of the settings that were tried beats the default, workers=1.",
        "No other setting that was tried gains 5 %; more processor cores would.",
    ]


def test_an_accelerator_that_waits() -> None:
    advice = recommend(RESULTS, 380.0)
    assert advice.wait_fraction == pytest.approx(0.5)
    assert advice.sentences[3:] == [
        "The model consumes 380 samples/s (21.1 ms per step); workers=2, use_multiprocessing=True delivers 190: the "
        "accelerator will wait 21.1 ms for each batch, 50% of the time.",
        'With cache="memory" it would not wait.',
    ]
    assert recommend(RESULTS, 950.0).sentences[-1] == 'With cache="memory" it would wait 50% of the time.'


@pytest.mark.parametrize(("required", "enough"), [(90.0, "workers=1"), (120.0, "workers=2"), (180.0, "workers=2, use")])
def test_an_accelerator_that_does_not_wait_needs_no_more_than_enough(required: float, enough: str) -> None:
    advice = recommend(RESULTS, required)
    assert advice.wait_fraction == 0
    assert f"it will not wait; {enough}" in advice.sentences[-1]


def test_wait_fraction() -> None:
    assert wait_fraction(50.0, 100.0) == 0.5
    assert wait_fraction(200.0, 100.0) == 0
