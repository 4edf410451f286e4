"""Warnings of strategies that leave out samples or favour one class or sample, with a better strategy."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from seqaug.sampling.class_uniform import ClassUniform
from seqaug.sampling.coverage_warnings import coverage_warnings
from seqaug.sampling.rare_class import RareClass
from seqaug.sampling.repeat_factor import RepeatFactor
from seqaug.statistics.counts import ClassCounts

# Eight large scenes: lamps are 0.009 % of the pixels, and in one scene there are 3,200 of them.
SCENES = np.array([[4_000_000, 3_000_000, 1_000_000, lamps] for lamps in (300, 500, 400, 3200, 350, 450, 420, 380)])
# A lesion in every fourth image.
LESIONS = np.array([[60_000, 40 * (number % 4 == 0) * (number + 1)] for number in range(200)])
# A class that one image has.
ONCE = np.array([[9000, 100, 0]] * 99 + [[100, 100, 9000]])
EVEN = np.random.default_rng(0).integers(2000, 9000, (60, 5))
STRATEGIES = ["class_uniform", "repeat_factor", "rare_class", ClassUniform(0.5), RareClass(0.1), RepeatFactor(0.5)]


def warnings_of(oversample: Any, table: np.ndarray, names: Any = None) -> list[str]:
    counts = ClassCounts.from_rows(table, table.shape[1])
    return list(coverage_warnings(oversample, counts, len(table), names))


def test_seven_of_eight_scenes_are_never_drawn() -> None:
    assert warnings_of("rare_class", SCENES, ["road", "sky", "house", "lamp"]) == [
        "oversample='rare_class': 7 of 8 samples are never drawn, 'lamp' takes 100.0% of the positions, sample 3 "
        "alone takes 100.0% of the positions; oversample=RareClass(temperature=0.5, min_pixels=200) draws 8 of 8 "
        "samples, and no class takes more than 38.2%"
    ]


def test_samples_without_the_rare_class_are_never_drawn() -> None:
    (warning,) = warnings_of("rare_class", LESIONS)
    pattern = r": \d+ of 200 samples are never drawn, 'class 1' takes 100.0% of the positions; oversample="
    assert re.search(pattern, warning)


def test_one_sample_that_takes_a_class_causes_a_warning() -> None:
    (warning,) = warnings_of("class_uniform", ONCE)
    assert "sample 99 alone takes 34.0% of the positions; oversample=ClassUniform(fraction=0.5) draws 100 of" in warning
    (warning,) = warnings_of(RareClass(), ONCE)
    assert warning.endswith('; oversample="repeat_factor" draws every sample')


@pytest.mark.parametrize("table", [SCENES, LESIONS, ONCE], ids=["scenes", "lesions", "once"])
@pytest.mark.parametrize("oversample", ["class_uniform", "rare_class", RareClass(0.1, 3000), RareClass(0.01, 100)])
def test_suggestions_cause_no_warning(oversample: Any, table: np.ndarray) -> None:
    for warning in warnings_of(oversample, table):
        suggested = eval(warning.split("; oversample=")[1].split(" draws")[0])
        assert warnings_of(suggested, table) == []


@pytest.mark.parametrize("oversample", STRATEGIES, ids=str)
def test_balanced_data_cause_no_warning(oversample: Any) -> None:
    assert warnings_of(oversample, EVEN) == []
    assert warnings_of(oversample, EVEN[:3]) == []


@pytest.mark.parametrize("oversample", ["repeat_factor", RepeatFactor(1.0)], ids=str)
@pytest.mark.parametrize("table", [SCENES, LESIONS, ONCE], ids=["scenes", "lesions", "once"])
def test_repeat_factors_leave_nothing_out(oversample: Any, table: np.ndarray) -> None:
    assert warnings_of(oversample, table) == []


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ([1] * 9 + [5], "oversample=one weight per sample: sample 9 alone takes 35.7% of the positions; expected"),
        ([0] * 9 + [9] + [1] * 9, "sample 9 alone takes 50.0% of the positions"),
        ([1e-9] * 50 + [1] * 50, "50 of 100 samples are never drawn; expected weights that differ less"),
    ],
)
def test_extreme_weights_cause_a_warning(weights: list[float], message: str) -> None:
    (warning,) = coverage_warnings(weights, None, len(weights), None)
    assert message in warning


@pytest.mark.parametrize("weights", [[1] * 10, [0] * 90 + [1] * 10, [0] * 9 + [1], [1, 3], np.arange(20)])
def test_weights_of_zero_are_a_choice(weights: Any) -> None:
    assert list(coverage_warnings(weights, None, len(weights), None)) == []
