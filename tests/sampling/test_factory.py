"""Samplers for every `oversample=`."""

from typing import Any

import numpy as np
import pytest

from seqaug.sampling.class_uniform import ClassUniform
from seqaug.sampling.factory import make_sampler
from seqaug.sampling.rare_class import RareClass
from seqaug.sampling.repeat_factor import RepeatFactor
from seqaug.statistics.counts import ClassCounts

# Class 1 is in the last sample alone.
TABLE = np.array([[9000, 0], [9000, 0], [9000, 0], [4000, 5000]])


def sampler_of(oversample: Any, shuffle: bool = True, table: Any = None) -> list[int]:
    def counts() -> ClassCounts:
        assert table is not None, "the masks were counted without need"
        return ClassCounts.from_rows(table, 2)

    sampler = make_sampler(oversample, num_samples=4, length=8, seed=0, shuffle=shuffle, counts=counts)
    return sampler(0).samples.tolist()


def test_plain_samplers() -> None:
    assert sampler_of(None, shuffle=False) == [0, 1, 2, 3] * 2
    assert sorted(sampler_of(None)[:4]) == [0, 1, 2, 3]


def test_weights() -> None:
    assert sorted(sampler_of([1, 0, 3, 0])) == [0, 0, 2, 2, 2, 2, 2, 2]


def test_class_uniform() -> None:
    # Four positions for class 1, and one more where class 0's images start another pass with it.
    assert sampler_of("class_uniform", shuffle=False, table=TABLE).count(3) == 5
    assert sampler_of(ClassUniform(fraction=0.25), shuffle=False, table=TABLE).count(3) in (2, 3)


def test_rare_class() -> None:
    # f = 31/36 and 5/36: at 0.01, class 0 is never drawn.
    assert sampler_of("rare_class", table=TABLE) == [3] * 8
    assert sampler_of(RareClass(temperature=100.0, min_pixels=5000), shuffle=False, table=TABLE)[-4:] == [3] * 4


def test_repeat_factor() -> None:
    # f = 1 and 1/4, so t = 0.625 and r = sqrt(2.5) = 1.58 for the last sample: rounded, for a pass of 5 positions.
    assert sorted(sampler_of("repeat_factor", table=TABLE)[:5]) == [0, 1, 2, 3, 3]
    assert sorted(sampler_of(RepeatFactor(t=1.0), table=TABLE)[:5]) == [0, 1, 2, 3, 3]
    assert sorted(sampler_of(RepeatFactor(t=0.2), table=TABLE)[:4]) == [0, 1, 2, 3]


@pytest.mark.parametrize("name", ["class_uniform", "repeat_factor", "rare_class"])
def test_names_are_the_defaults(name: str) -> None:
    strategy = {"class_uniform": ClassUniform(), "repeat_factor": RepeatFactor(), "rare_class": RareClass()}[name]
    assert sampler_of(name, table=TABLE) == sampler_of(strategy, table=TABLE)


@pytest.mark.parametrize("oversample", ["class_uniform", "repeat_factor", "rare_class", ClassUniform(0.5)])
def test_without_any_class(oversample: Any) -> None:
    with pytest.raises(ValueError, match=r"oversample=.* found no class in any of the 4 masks: every pixel is ignored"):
        sampler_of(oversample, table=np.zeros((4, 2), int))


@pytest.mark.parametrize(
    ("oversample", "error", "message"),
    [
        ("rarest", ValueError, r"oversample='rarest'; expected None, \"class_uniform\""),
        (ClassUniform, TypeError, r"oversample=<class .*; expected an instance of this class, ClassUniform\(\.\.\.\)"),
        ([1, 2], ValueError, r"oversample has shape \(2,\); expected one weight per sample, \(4,\)"),
        ([1, 2, 3, -1], ValueError, "negative or not finite, or all are 0"),
        ([1, 2, 3, np.nan], ValueError, "negative or not finite, or all are 0"),
        ([0, 0, 0, 0], ValueError, "negative or not finite, or all are 0"),
    ],
)
def test_invalid_oversample(oversample: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        sampler_of(oversample)
