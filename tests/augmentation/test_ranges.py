"""Pixel values outside the range that transforms expect."""

from __future__ import annotations

import random
import re
from typing import Any

import albumentations as A  # noqa: N812
import numpy as np
import pytest

from seqaug.augmentation.augmenter import Augmenter
from seqaug.augmentation.ranges import range_warnings

RNG = np.random.default_rng(0)
UINT8 = RNG.integers(0, 256, (24, 32, 3), dtype=np.uint8)
UINT16 = RNG.integers(0, 65_536, (24, 32, 3), dtype=np.uint16)
TWELVE_BITS = UINT16 >> 4
UNIT = RNG.random((24, 32, 3), dtype=np.float32)
FLOAT_255 = UNIT * 255
HOUNSFIELD = UNIT * 4000 - 1000


def window(image: np.ndarray, **_: Any) -> np.ndarray:
    return np.clip((image + 100) / 400, 0, 1)


def warnings_of(image: np.ndarray, *transforms: Any) -> list[str]:
    augmenter = Augmenter(A.Compose(list(transforms)), {}, 255, None)
    return list(range_warnings(augmenter, {"image": image, "mask": np.zeros((24, 32), np.uint8)}, seed=0))


@pytest.mark.parametrize(
    ("image", "transforms", "said"),
    [
        (UINT16, [A.Normalize()], r"^Normalize\(max_pixel_value=255\) gets uint16 of \d+ to 65\d+ in the first"),
        (UINT8, [A.Normalize(max_pixel_value=1.0)], r"returns -2\.\d+ to 11.*: the input goes far beyond 1;.*1\.0 is"),
        (
            UINT16,
            [A.Normalize((40.0,) * 3, (400.0,) * 3, max_pixel_value=1.0)],
            r"returns -0\.\d+ to 1\d\d.*goes far beyond",
        ),
        (UINT8, [A.Normalize(max_pixel_value=65_535.0)], r"gets uint8 of 0 to 255 .*: the input is far below"),
        (
            UINT8,
            [A.ToFloat(), A.Normalize()],
            r"returns -2\.\d+ to -1\.7\d+: the input is far below.*leave out the",
        ),
        (UINT8, [A.Normalize(), A.HorizontalFlip(), A.Normalize()], r"float32 of -2\.\d+ to 2\.64 .*another Normalize"),
        (UNIT, [A.Normalize()], r"gets float32 of .* to 0\.999\d+ .*the input is far below"),
        (
            UINT16,
            [A.ToFloat(max_value=255)],
            r"^ToFloat\(max_value=255\).*the input goes far beyond 255; set max_value to",
        ),
        (TWELVE_BITS, [A.ToFloat()], r"returns 0 to 0\.06\d+:.*hold 12 bits in 16, set max_value=4095"),
        (TWELVE_BITS, [A.Normalize(max_pixel_value=65_535.0)], r"hold 12 bits in 16, set max_pixel_value=4095"),
        (FLOAT_255, [A.ToFloat(max_value=255)], r"^ToFloat does not change float images, and gets float32 of .* to 25"),
        (FLOAT_255, [A.RandomBrightnessContrast(p=0.01)], r"clips those of the first sample, .* to 25\d.*: \d\d% more"),
        (FLOAT_255, [A.FromFloat(dtype="uint8")], r"^FromFloat expects float pixels of 0 to 1"),
        (HOUNSFIELD, [A.OneOf([A.GaussianBlur(), A.GaussNoise()])], r"^Gauss\w+ expects float .*, -999.* to 2999"),
        (HOUNSFIELD, [A.RandomGamma()], r"^RandomGamma turns .*, -999.* to 2999.*, into NaN or infinite values"),
        (
            UINT8,
            [A.Normalize(), A.RandomBrightnessContrast()],
            r"put it before the transform that scales them \(A\.Normalize\)",
        ),
    ],
)
def test_ranges_that_are_not_meant(image: np.ndarray, transforms: list[Any], said: str) -> None:
    (warning,) = warnings_of(image, *transforms)
    assert re.search(said, warning), warning


@pytest.mark.parametrize(
    ("image", "transforms"),
    [
        (UINT8, [A.Normalize(), A.HorizontalFlip()]),
        (UINT8, [A.RandomBrightnessContrast(), A.GaussianBlur(), A.CoarseDropout()]),
        (UINT8, [A.ToFloat(), A.CLAHE(), A.Sharpen(), A.GaussNoise(), A.Normalize(max_pixel_value=1.0)]),
        (UINT8 // 200, [A.Normalize()]),
        (UINT8 * 0, [A.ToFloat(), A.Normalize(max_pixel_value=1.0)]),
        (UINT8 * 0, [A.Normalize(max_pixel_value=1.0)]),
        ((UINT8 // 200).astype(np.float32), [A.Normalize()]),
        (UINT16, [A.Normalize(max_pixel_value=65_535.0)]),
        (UINT16, [A.ToFloat(), A.RandomBrightnessContrast()]),
        (UINT16, [A.Normalize(normalization="image")]),
        (HOUNSFIELD, [A.Normalize((40.0,) * 3, (400.0,) * 3, max_pixel_value=1.0)]),
        (TWELVE_BITS, [A.Normalize(max_pixel_value=4095.0)]),
        (FLOAT_255, [A.Normalize()]),
        (UNIT, [A.Normalize(max_pixel_value=1.0)]),
        (UNIT, [A.RandomBrightnessContrast(), A.GaussNoise()]),
        (HOUNSFIELD, [A.HorizontalFlip(), A.Rotate(30), A.RandomCrop(16, 16), A.ElasticTransform()]),
        (HOUNSFIELD, [A.Normalize(normalization="min_max"), A.RandomBrightnessContrast(), A.GaussianBlur()]),
        (HOUNSFIELD, [A.Lambda(image=window, name="window")]),
        (HOUNSFIELD * np.float32(np.nan), [A.HorizontalFlip()]),
    ],
)
def test_what_can_be_meant(image: np.ndarray, transforms: list[Any]) -> None:
    assert warnings_of(image, *transforms) == []


def test_the_sample_and_the_augmenter_stay_what_they_were() -> None:
    augmenter = Augmenter(A.RandomBrightnessContrast(p=0.0), {}, 255, None)
    sample = {"image": FLOAT_255.copy(), "mask": np.zeros((24, 32), np.uint8)}
    assert list(range_warnings(augmenter, sample, seed=0))
    np.testing.assert_array_equal(sample["image"], FLOAT_255)
    made = augmenter(sample, lambda: (np.random.default_rng(0), random.Random(0)))
    np.testing.assert_array_equal(made["image"], FLOAT_255)
