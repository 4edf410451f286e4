"""Nondeterministic transforms are found by applying them several times."""

from __future__ import annotations

import random
import subprocess
import sys
from functools import partial
from typing import Any

import albumentations as A  # noqa: N812
import numpy as np
import pytest

from seqaug.augmentation.determinism import find_nondeterministic, same_arrays, transform_name
from seqaug.augmentation.mask_safety import make_mask_safe
from seqaug.core.rng import sample_generators

SAMPLE = {"image": np.arange(2304, dtype=np.uint8).reshape(24, 32, 3), "mask": np.zeros((24, 32), np.uint8)}
DRAWS = partial(sample_generators, 0, 0, 0)


class Global(A.ImageOnlyTransform):
    """MakeGenerators from the global state."""

    def apply(self, img: np.ndarray, **params: Any) -> np.ndarray:
        return img ^ np.uint8(np.random.randint(256))  # noqa: NPY002


class Failing(A.ImageOnlyTransform):
    """Wants what it is not given."""

    def apply(self, img: np.ndarray, **params: Any) -> np.ndarray:
        raise ValueError("not this one")


class OddSize(Global):
    """Is at fault where an earlier transform has left an odd size alone."""

    def apply(self, img: np.ndarray, **params: Any) -> np.ndarray:
        if img.shape[0] % 2 == 0:
            raise ValueError("expected an odd size")
        return super().apply(img)


def test_the_global_random_state_is_as_it_was() -> None:
    states = random.getstate(), np.random.get_state()[1].tolist()  # noqa: NPY002
    assert find_nondeterministic(make_mask_safe(A.Compose([Global()]), {}, None), SAMPLE, DRAWS) == ["Global"]
    assert states == (random.getstate(), np.random.get_state()[1].tolist())  # noqa: NPY002


def test_one_that_fails_alone_is_met_in_the_composition() -> None:
    mask_safe = make_mask_safe(A.Compose([A.Crop(0, 0, 9, 9), OddSize(p=1), A.GaussNoise(p=1)]), {}, None)
    assert find_nondeterministic(mask_safe, SAMPLE, DRAWS) == ["OddSize"]


def test_what_fails_everywhere_says_nothing_here() -> None:
    assert (
        find_nondeterministic(make_mask_safe(A.Compose([Failing(p=1)]), {}, None), SAMPLE, DRAWS, is_suspect=True) == []
    )


def test_albumentations_own_are_applied_where_there_is_a_suspicion_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    applied = []
    apply = A.InvertImg.apply
    monkeypatch.setattr(A.InvertImg, "apply", lambda *args, **kwargs: applied.append(1) or apply(*args, **kwargs))
    mask_safe = make_mask_safe(A.Compose([A.InvertImg(p=1)]), {}, None)
    assert find_nondeterministic(mask_safe, SAMPLE, DRAWS) == []
    assert not applied
    assert find_nondeterministic(mask_safe, SAMPLE, DRAWS, is_suspect=True) == []
    assert applied


def test_arrays_are_the_same_to_the_last_bit() -> None:
    one = {"image": np.array([np.nan, 1.0])}
    assert same_arrays(one, {"image": one["image"].copy()})
    assert not same_arrays(one, {"image": np.array([np.nan, 2.0])})
    assert not same_arrays(one, {"image": one["image"].astype(np.float32)})
    assert not same_arrays(one, {"mask": one["image"]})


def named(image: np.ndarray, **params: Any) -> np.ndarray:
    return image


def test_lambdas_are_named_by_their_functions() -> None:
    assert transform_name(A.Lambda(image=named, mask=partial(named))) == "Lambda(image=named, mask=partial)"
    assert transform_name(A.HorizontalFlip()) == "HorizontalFlip"


def test_lambdas_are_not_said_to_be_unfit_for_processes() -> None:
    code = (
        "from seqaug import SegmentationSequence; import albumentations as A; A.Lambda(image=lambda image, **_: image)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "Using lambda" not in done.stderr
