"""Preparation: a deterministic transform, applied once, before the cache."""

import pickle
import random
from typing import Any

import albumentations as A  # noqa: N812
import cv2
import numpy as np
import pytest
from preprocessing import Darken, Forgetful, GlobalNoise, Shrink

from seqaug import ClassCrop, TransformError
from seqaug.augmentation.preparer import Preparer, serialized_form

RNG = np.random.default_rng(0)
SAMPLE = {"image": RNG.integers(0, 256, (40, 60, 3), np.uint8), "mask": RNG.integers(0, 3, (40, 60), np.uint8)}

DETERMINISTIC = [
    A.Resize(20, 30),
    A.SmallestMaxSize(16),
    A.LongestMaxSize(32),
    A.CenterCrop(20, 30),
    A.CenterCrop(2000, 2000),
    A.ToGray(p=1),
    A.Normalize(),
    A.ToFloat(),
    A.HorizontalFlip(p=1),
    A.PadIfNeeded(64, 64),
    A.Lambda(image=lambda image, **_: 255 - image),
    Darken(3),
    A.Compose([A.Resize(20, 30), A.Sequential([A.ToGray(p=1), Darken()], p=1)]),
]
RANDOM = [
    (A.RandomCrop(8, 8), "RandomCrop is random"),
    (A.RandomCrop(1999, 1999), "RandomCrop is random"),
    (A.RandomRotate90(p=1), "RandomRotate90 is random"),
    (A.D4(p=1), "D4 is random"),
    (A.Rotate(10, p=1), "Rotate is random"),
    (A.RandomBrightnessContrast(p=1), "RandomBrightnessContrast is random"),
    (A.Compose([A.Resize(20, 30), A.GaussNoise(p=1)]), "GaussNoise is random"),
    (A.ToGray(), r"ToGray has p=0\.5.*p=1"),
    (A.Compose([A.Resize(20, 30)], p=0.9), r"Compose has p=0\.9"),
    (A.Compose([A.Sequential([A.HorizontalFlip(p=0.5)], p=1)]), r"HorizontalFlip has p=0\.5"),
    (A.OneOf([A.Resize(20, 30), A.Resize(20, 30)], p=1), "OneOf chooses at random"),
    (A.Compose([A.SomeOf([A.ToGray(p=1)], n=1, p=1)]), "SomeOf chooses at random"),
    (ClassCrop(8, 8), "ClassCrop is random"),
    (GlobalNoise(), "GlobalNoise is random"),
]


def make(transform: Any, ignore_index: int | None = 255, **targets: str) -> Preparer:
    return Preparer(transform, targets, ignore_index, 3, value_fill=7 if targets else None)


@pytest.mark.parametrize("transform", DETERMINISTIC, ids=lambda transform: type(transform).__name__)
def test_deterministic_transforms_are_accepted(transform: Any) -> None:
    make(transform)


@pytest.mark.parametrize(("transform", "message"), RANDOM, ids=[message for _, message in RANDOM])
def test_random_transforms_are_refused(transform: Any, message: str) -> None:
    with pytest.raises(ValueError, match=f"^prepare: {message}.*in transform="):
        make(transform)


@pytest.mark.parametrize("given", [[A.Resize(20, 30)], "resize", cv2.resize, 0])
def test_what_is_no_transform_is_refused(given: Any) -> None:
    with pytest.raises(TypeError, match=r"^prepare=.*A\.Compose"):
        make(given)


def test_global_random_state_is_not_changed() -> None:
    before = random.getstate(), np.random.get_state()[1].tobytes()  # type: ignore[union-attr,index] # noqa: NPY002
    make(Darken())(SAMPLE)
    with pytest.raises(ValueError, match="GlobalNoise"):
        make(GlobalNoise())
    assert (random.getstate(), np.random.get_state()[1].tobytes()) == before  # type: ignore[union-attr,index] # noqa: NPY002


def test_image_and_mask_are_prepared_together() -> None:
    prepared = make(A.Resize(20, 30))(SAMPLE)
    np.testing.assert_array_equal(prepared["image"], cv2.resize(SAMPLE["image"], (30, 20)))
    np.testing.assert_array_equal(
        prepared["mask"], cv2.resize(SAMPLE["mask"], (30, 20), interpolation=cv2.INTER_NEAREST)
    )


def test_filled_pixels_get_the_ignore_index_and_the_value_fill() -> None:
    sample = {**SAMPLE, "depth": np.ones((40, 60), np.float32)}
    prepared = make(A.PadIfNeeded(60, 60), depth="value")(sample)
    assert (prepared["mask"][:10] == 255).all()
    assert (prepared["depth"][:10] == 7).all()
    assert prepared["filled"].sum() == 20 * 60


def test_padding_without_ignore_index_warns() -> None:
    with pytest.warns(UserWarning, match="PadIfNeeded can fill pixels of a mask"):
        make(A.PadIfNeeded(60, 60), ignore_index=None)


def test_an_image_of_another_size_than_its_mask_is_an_error() -> None:
    preparer = make(Shrink())
    with pytest.raises(TransformError, match=r"^prepare: Shrink made 'mask' 40x60 pixels and the image 20x30"):
        preparer(SAMPLE)


def test_the_first_sample_is_checked_where_noise_does_not_fit() -> None:
    preparer = make(A.RandomCrop(2100, 2100))
    large = {name: np.tile(pixels, (60, 40, 1)[: pixels.ndim]) for name, pixels in SAMPLE.items()}
    with pytest.raises(TransformError, match=r"^prepare: RandomCrop is random"):
        preparer(large)


def test_inputs_never_change() -> None:
    def darken(image: np.ndarray, **_: Any) -> np.ndarray:
        image[:] //= 2
        return image

    before = SAMPLE["image"].copy()
    prepared = make(A.Lambda(image=darken))(SAMPLE)
    np.testing.assert_array_equal(SAMPLE["image"], before)
    np.testing.assert_array_equal(prepared["image"], before // 2)


def test_it_tells_what_it_changes() -> None:
    assert not make(A.ToGray(p=1)).moves_masks
    assert make(A.Resize(8, 8)).moves_masks
    assert make(Darken()).moves_masks  # its code is not known
    assert make(A.Normalize()).makes_floats
    assert not make(A.ToGray(p=1)).makes_floats
    assert make(A.HorizontalFlip(p=1)).mirroring_transform() == "HorizontalFlip"
    assert make(A.Resize(8, 8)).mirroring_transform() is None


def test_it_can_be_pickled() -> None:
    preparer = pickle.loads(pickle.dumps(make(A.Resize(20, 30))))
    assert preparer(SAMPLE)["image"].shape == (20, 30, 3)


def test_the_serialized_form_tells_transforms_apart() -> None:
    transforms = [
        A.Resize(20, 30),
        A.Resize(30, 20),
        A.Resize(20, 30, interpolation=cv2.INTER_AREA),
        A.Compose([A.Resize(20, 30)]),
        Darken(2),
        Darken(3),
        A.Compose([A.Resize(20, 30), Darken(3)]),
        A.Compose([Darken(3), A.Resize(20, 30)]),
    ]
    forms = [serialized_form(transform) for transform in transforms]
    assert len(set(forms)) == len(forms)
    assert serialized_form(A.Resize(20, 30)) == forms[0]
    assert "img // np.uint8(self.by)" in forms[4]


@pytest.mark.parametrize(
    ("transform", "reason"),
    [
        (A.Lambda(image=cv2.equalizeHist, name="equalize"), "holds functions"),
        (Forgetful(3), "Forgetful does not keep its argument 'by'"),
        (Darken(object()), "Darken cannot be serialized"),  # type: ignore[arg-type]
    ],
)
def test_what_has_no_serialized_form(transform: Any, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        serialized_form(transform)


def test_the_key_covers_transform_settings_and_versions() -> None:
    key = make(A.Resize(20, 30)).cache_key("cache", "folder")
    assert cv2.__version__ in key
    assert A.__version__ in key
    assert make(A.Resize(20, 30)).cache_key("cache", "folder") == key
    assert make(A.Resize(20, 31)).cache_key("cache", "folder") != key
    assert make(A.Resize(20, 30), ignore_index=254).cache_key("cache", "folder") != key
    with pytest.raises(ValueError, match=r"cache='folder'.*could not recognize.*Forgetful.*expected cache=.memory."):
        make(Forgetful()).cache_key("cache", "folder")
