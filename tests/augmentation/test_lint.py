"""The linter reports each problem, and nothing else."""

from __future__ import annotations

import warnings
from typing import Any

import albumentations as A  # noqa: N812
import cv2
import numpy as np
import pytest

from seqaug.augmentation.class_crop import ClassCrop
from seqaug.augmentation.lint import lint_transform

SIZE = (48, 64)


def about(*parts: Any, ignore_index: int | None = 255, **kinds: Any) -> list[str]:
    return lint_transform(A.Compose(list(parts)), SIZE, ignore_index, **kinds)


@pytest.mark.parametrize(
    "parts",
    [
        [A.RandomCrop(32, 32), A.HorizontalFlip(), A.Rotate(20), A.RandomBrightnessContrast(), A.Normalize()],
        [A.OneOf([A.Blur(), A.GaussNoise()]), A.ElasticTransform(), A.SomeOf([A.D4(), A.Affine(shear=5)], n=1)],
        [A.PadIfNeeded(16, 16), A.Resize(96, 96), A.RandomSizedCrop((30, 60), (32, 32))],
        [A.PadIfNeeded(200, 200), A.RandomCrop(200, 200), ClassCrop(32, 32)],
        [A.ToGray(), A.CLAHE(), A.CoarseDropout(), A.RandomShadow(), A.MaskDropout(), A.ColorJitter()],
    ],
)
def test_what_is_well_is_left_alone(parts: list[Any]) -> None:
    assert about(*parts) == []


@pytest.mark.parametrize(
    ("parts", "problem"),
    [
        ([A.HorizontalFlip(p=0)], "HorizontalFlip has p=0 and is never applied"),
        ([A.OneOf([A.D4(), A.Blur()], p=0)], "OneOf has p=0 and is never applied"),
        ([A.OneOf([A.D4(), A.Blur(p=0)])], "Blur has p=0 and is never applied"),
        ([A.RandomBrightnessContrast(0, 0)], "RandomBrightnessContrast has no effect on images of 48x64x3"),
        ([A.Resize(96, 96), A.CenterCrop(96, 96)], "CenterCrop has no effect on images of 96x96x3"),
        ([A.Rotate(20, mask_interpolation=cv2.INTER_LINEAR)], "Rotate(mask_interpolation=1) would average class ids"),
        ([A.RandomCrop(49, 32)], "RandomCrop cuts more than the 48x64 pixels that reach it"),
        ([A.Resize(20, 20), A.RandomCrop(32, 32)], "RandomCrop cuts more than the 20x20 pixels that reach it"),
        ([ClassCrop(64, 64)], "ClassCrop cuts more than the 48x64 pixels that reach it"),
        ([A.Normalize(), A.ToFloat()], "ToFloat has no effect after Normalize has made the image float"),
        ([A.Normalize(), A.HorizontalFlip(), A.Normalize()], "Normalize is applied twice"),
        ([A.ToFloat()], "ToFloat does what the sequence's rescale does"),
        ([A.Normalize(), A.RandomBrightnessContrast()], "RandomBrightnessContrast expects float pixels of 0 to 1"),
    ],
)
def test_parts_without_effect_or_that_do_harm_are_named(parts: list[Any], problem: str) -> None:
    (said,) = about(*parts)
    assert said.startswith(problem)


def test_normalize_after_to_float_gets_the_wrong_range() -> None:
    _, said = about(A.ToFloat(), A.Normalize())
    assert said.startswith("Normalize expects pixels of 0 to 255 (max_pixel_value) and gets floats")
    assert about(A.Normalize(max_pixel_value=1.0), dtype=np.float32)[0].startswith("Normalize expects pixels of 0 to 1")


def test_filled_pixels_without_an_ignore_index() -> None:
    rotate, pad = about(A.Rotate(20), A.PadIfNeeded(100, 100), ignore_index=None)
    assert rotate.startswith("Rotate can fill pixels of a mask")
    assert pad.startswith("PadIfNeeded can fill pixels of a mask")


def test_sixteen_bits_need_their_to_float() -> None:
    assert about(A.ToFloat(), dtype=np.uint16, num_channels=1) == []


def test_the_transform_and_global_chance_stay_as_they_are() -> None:
    transform = A.Compose([A.RandomCrop(32, 32, p=0.5), A.Rotate(mask_interpolation=cv2.INTER_LINEAR)])
    before = A.to_dict(transform)
    state = np.random.get_state()[1].tolist()  # noqa: NPY002
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        first = lint_transform(transform, SIZE, 255)
    assert first == lint_transform(transform, SIZE, 255)
    assert A.to_dict(transform) == before
    assert np.random.get_state()[1].tolist() == state  # noqa: NPY002
