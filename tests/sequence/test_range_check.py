"""Ranges that are probably a mistake are warned of at the first batch, once, with any workers."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import albumentations as A  # noqa: N812
import cv2
import numpy as np
import pytest
from engine_settings import ENGINES

from seqaug import ClassificationSequence, SegmentationSequence, SeqaugWarning

RNG = np.random.default_rng(0)
UINT8 = RNG.integers(0, 256, (4, 24, 32, 3), dtype=np.uint8)
UINT16 = RNG.integers(0, 65_536, (4, 24, 32, 3), dtype=np.uint16)
FLOAT_255 = RNG.random((4, 24, 32, 3), dtype=np.float32) * 255
HOUNSFIELD = FLOAT_255 * 10 - 1000
MASKS = np.zeros((4, 24, 32), np.uint8)


def sequence(images: Any, masks: Any = MASKS, **arguments: Any) -> SegmentationSequence:
    return SegmentationSequence(images, masks, **{"workers": 0, "batch_size": 2, "num_classes": 2, **arguments})


@pytest.mark.parametrize(
    ("images", "arguments", "said"),
    [
        (UINT16, {}, r"images are uint16 and reach the model unscaled, \d+ to 65\d+ in the first batch: .*1 / 65535"),
        (UINT16, {"rescale": 1 / 255}, r"makes 0\.\d+ to 25\S+ of uint16 images"),
        (UINT16, {"transform": A.Normalize()}, r"Normalize\(max_pixel_value=255\) gets uint16 of"),
        (UINT8, {"transform": A.Normalize(max_pixel_value=1.0)}, r"Normalize\(max_pixel_value=1\) gets uint8 of 0"),
        (UINT8, {"transform": A.Compose([A.ToFloat(), A.Normalize()])}, r"gets float32 of 0 to 1.*far below"),
        (UINT8, {"rescale": 1 / 65_535}, r"of uint8 images, in the first batch; expected rescale=1 / 255"),
        (FLOAT_255, {"transform": A.RandomBrightnessContrast(p=0.01)}, r"clips those of the first sample, .* to 25"),
        (
            UINT8,
            {"rescale": None, "dtype": np.float16},
            r"and these are uint8, as rescale=None .*rescale=1 / 255 or 1\.0",
        ),
        (UINT16, {"rescale": None, "dtype": "bfloat16"}, r'dtype="bfloat16" is for .* uint16, .*rescale=1 / 65535'),
        (np.rint(FLOAT_255), {}, r"float images that look like 8-bit ones reach the model unscaled, 0 to 255"),
    ],
)
def test_mistakes_are_warned_of_once(images: np.ndarray, arguments: dict[str, Any], said: str) -> None:
    warned = sequence(images, **arguments)
    with pytest.warns(SeqaugWarning, match=said) as caught:
        warned[0]
    assert len(caught) == 1
    assert caught[0].filename == __file__
    warned[1]
    warned.on_epoch_end()
    warned[0]


@pytest.mark.parametrize(
    ("images", "arguments"),
    [
        (UINT8, {}),
        (UINT8, {"rescale": None}),
        (UINT8 // 200, {}),
        (UINT8 // 200, {"transform": A.Normalize()}),
        (UINT8 * 0, {"transform": A.Normalize()}),
        (UINT8, {"transform": A.Normalize(), "rescale": None}),
        (UINT8, {"transform": A.Compose([A.ToFloat(), A.RandomBrightnessContrast(), A.Normalize(max_pixel_value=1)])}),
        (UINT8, {"transform": A.Normalize(), "rescale": None, "dtype": "float16"}),
        (UINT8, {"rescale": 1.0, "dtype": "bfloat16"}),
        (UINT8, {"rescale": None, "dtype": np.float32}),
        (UINT16, {"rescale": None}),
        (UINT16, {"rescale": 1 / 65_535}),
        (UINT16 >> 4, {"rescale": 1 / 4095}),
        (UINT16, {"transform": A.Normalize(max_pixel_value=65_535)}),
        (FLOAT_255 / 255, {"transform": A.RandomBrightnessContrast()}),
        (FLOAT_255, {"transform": A.Normalize()}),
        (HOUNSFIELD, {"transform": A.Compose([A.HorizontalFlip(), A.RandomCrop(16, 16)])}),
    ],
)
def test_plausible_ranges_are_not(images: np.ndarray, arguments: dict[str, Any]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        sequence(images, **arguments)[0]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_factor_that_was_given_is_applied_to_16_bits(engine: str) -> None:
    with sequence(UINT16, shuffle=False, rescale=1 / 65_535, **ENGINES[engine]) as scaled:
        x, _ = scaled[0]
    assert x.dtype == np.float32
    np.testing.assert_array_equal(x, UINT16[:2] * np.float32(1 / 65_535))


def test_twelve_bits_in_files_of_16(tmp_path: Path) -> None:
    paths = [str(tmp_path / f"{number}.png") for number in range(4)]
    for path, pixels in zip(paths, UINT16 >> 4, strict=True):
        cv2.imwrite(path, pixels)
    for mode in ("rgb", "grayscale"):
        with pytest.warns(SeqaugWarning, match=r"images have 16 bits, but their highest value, 40\d\d in the first"):
            ClassificationSequence(paths, [0, 1, 0, 1], color_mode=mode, workers=0)[0]
    x, _ = ClassificationSequence(paths, [0, 1, 0, 1], color_mode="unchanged", rescale=1 / 4095, workers=0)[0]
    assert 0.98 < x.max() <= 1


def test_additional_images_and_labels_behave_alike(tmp_path: Path) -> None:
    with pytest.warns(SeqaugWarning, match="images are uint16 and reach the model unscaled"):
        ClassificationSequence(UINT16, [0, 1, 0, 1], workers=0)[0]
