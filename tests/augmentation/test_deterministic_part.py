"""What of a training transform prediction must apply too."""

from typing import Any

import albumentations as A  # noqa: N812
import numpy as np
import pytest

from seqaug import ClassCrop, image_data_generator_transform
from seqaug.augmentation.deterministic_part import composed, deterministic_part, is_random


def names(transforms: list[Any]) -> list[str]:
    return [type(transform).__name__ for transform in transforms]


def test_parts_are_told_apart() -> None:
    transform = A.Compose(
        [
            A.ToGray(p=1),
            A.LongestMaxSize(64),
            A.CLAHE(p=1, clip_limit=(2, 2)),
            A.OneOf([A.Blur(), A.MotionBlur()]),
            A.Sequential([A.NoOp(), A.CenterCrop(8, 8), A.HorizontalFlip()], p=1),
            A.Normalize(),
        ]
    )
    part = deterministic_part(transform)
    assert names(part.of_image) == ["ToGray", "LongestMaxSize"]
    assert names(part.of_pixels) in (["CLAHE", "Normalize"], ["Normalize"])
    assert part.left_out[-3:] == ["OneOf", "CenterCrop", "HorizontalFlip"]
    assert not part.scaling_by_chance
    assert not part.unknown


def test_nothing() -> None:
    assert composed(deterministic_part(None).of_pixels) is None
    assert not is_random(None)


def test_the_standardization_of_an_image_data_generator() -> None:
    part = deterministic_part(image_data_generator_transform(rotation_range=9, samplewise_center=True))
    assert names(part.of_pixels) == ["ImageDataGeneratorStandardization"]
    assert part.left_out == ["ImageDataGeneratorGeometry"]


def test_functions_of_ones_own() -> None:
    def double(image: np.ndarray, **_: Any) -> np.ndarray:
        return image * 2

    part = deterministic_part(A.Compose([A.Lambda(image=double), A.Lambda(image=double, p=0.5)]))
    assert names(part.of_pixels) == ["Lambda"]
    assert part.unknown == part.left_out == ["Lambda(image=double)"]


def test_what_scales_by_chance_is_named() -> None:
    part = deterministic_part(A.OneOf([A.Resize(8, 8), A.Resize(9, 9)], p=1))
    assert part.scaling_by_chance == ["Resize", "Resize"]


@pytest.mark.parametrize(
    "crop", [A.RandomCrop(8, 8), ClassCrop(8, 8), A.RandomResizedCrop((8, 8)), A.PadIfNeeded(8, 8)]
)
def test_scaling_after_a_crop_is_refused(crop: Any) -> None:
    with pytest.raises(ValueError, match=f"scales what {type(crop).__name__} makes, by Resize"):
        deterministic_part(A.Compose([crop, A.Resize(16, 16)]))


@pytest.mark.parametrize("transform", [A.ToFloat(p=0.5), A.Sequential([A.Normalize()]), A.OneOf([A.Normalize()])])
def test_floats_by_chance_are_refused(transform: Any) -> None:
    with pytest.raises(ValueError, match=r"(ToFloat|Normalize) makes images float and is random"):
        deterministic_part(transform)


def test_random_or_not() -> None:
    assert is_random(A.HorizontalFlip())
    assert is_random(A.GaussNoise(p=1))
    assert not is_random(A.Compose([A.Resize(8, 8), A.Normalize()]))
