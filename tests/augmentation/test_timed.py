"""Timing of transforms."""

from __future__ import annotations

from functools import partial

import albumentations as A  # noqa: N812
import numpy as np

from seqaug.augmentation.augmenter import Augmenter
from seqaug.augmentation.timed import TimedTransform, transform_names, without
from seqaug.core.rng import sample_generators

TRANSFORM = A.Compose(
    [A.RandomCrop(24, 24), A.OneOf([A.Rotate(20), A.Blur(3)], p=1), A.Rotate(5, p=0), A.ElasticTransform(p=1)]
)


def test_samples_are_the_same_and_each_transform_has_its_time() -> None:
    timed, plain = TimedTransform(TRANSFORM, {}, 255), Augmenter(TRANSFORM, {}, 255, None)
    rng = np.random.default_rng(0)
    for position in range(8):
        sample = {"image": rng.integers(0, 256, (32, 32, 3), np.uint8), "mask": rng.integers(0, 3, (32, 32), np.uint8)}
        draws = partial(sample_generators, 0, 0, position)
        one, other = timed(sample, draws), plain(sample, draws)
        assert all((one[name] == other[name]).all() for name in sample)
    assert list(timed.seconds) == ["RandomCrop", "Rotate", "Blur", "Rotate #2", "ElasticTransform"]
    assert timed.seconds.pop("Rotate #2") == 0
    assert all(seconds > 0 for seconds in timed.seconds.values())
    assert timed.resizing == {"RandomCrop"}


def test_without_one_transform() -> None:
    left = without(TRANSFORM, "Rotate")
    assert transform_names(left) == transform_names(TRANSFORM)
    assert left.transforms[1].transforms[0].p == 0
    assert left.transforms[3].p == 1
    assert TRANSFORM.transforms[1].transforms[0].p == 0.5
