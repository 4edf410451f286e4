"""Warnings about factors that do not suit the images."""

from __future__ import annotations

import copy
import pickle
import re

import numpy as np
import pytest

from seqaug.pipeline.image_encoding import ImageEncoding
from seqaug.pipeline.rescale import DEFAULT_RESCALE, rescale_warnings
from seqaug.pipeline.row_encoding import RowEncoding

RNG = np.random.default_rng(0)
UINT8 = RNG.integers(0, 256, (6, 8, 3), dtype=np.uint8)
UINT16 = RNG.integers(0, 65_536, (6, 8, 3), dtype=np.uint16)
TWELVE_BITS = UINT16 >> 4
UNIT = RNG.random((6, 8, 3), dtype=np.float32)
FLOAT_255 = UINT8.astype(np.float32)
HOUNSFIELD = UNIT * 4000 - 1000


def found_warnings(rescale: float | None, loaded: np.ndarray, augmented: np.ndarray | None = None) -> list[str]:
    augmented = loaded if augmented is None else augmented
    encoding = RowEncoding(ImageEncoding(rescale), {})
    row = {name: np.empty(shape, dtype) for name, (shape, dtype) in encoding.layout({"image": augmented}).items()}
    encoding.write({"image": augmented}, row)
    return list(rescale_warnings(rescale, loaded, augmented, row["image"][np.newaxis]))


def test_the_default_has_a_readable_repr() -> None:
    assert DEFAULT_RESCALE == 1 / 255
    assert f"{DEFAULT_RESCALE}" == "1 / 255"


@pytest.mark.parametrize(
    ("rescale", "image", "expected"),
    [
        (DEFAULT_RESCALE, UINT16, r"images are uint16 and reach the model unscaled, \d+ to 6\d+ in.*rescale=1 / 65535"),
        (DEFAULT_RESCALE, TWELVE_BITS, r"unscaled, \d+ to 40\d\d in the first batch.*set rescale=1 / 4095 for 0 to 1"),
        (255, UINT8, r"rescale=255 makes 0 to 6\d+ of uint8 images.*multiplied by it; expected 1 / 255"),
        (65_535, UINT16, r"rescale=65535 makes .* of uint16 images.*expected 1 / 65535"),
        (1 / 255, UINT16, r"rescale=0\.003922 makes .* to 2\d\d.* of uint16 images.*expected rescale=1 / 65535"),
        (1 / 65_535, UINT8, r"rescale=1\.526e-05 makes 0 to 0\.003\d+ of uint8 images.*color_mode=\"unchanged\""),
        (1 / 65_535, TWELVE_BITS, r"makes .* to 0\.06\d+ of uint16 images.*value, 40\d\d, is far .* rescale=1 / 4095"),
        (
            1 / 255,
            FLOAT_255,
            r"rescale=0\.003922 is for uint8 and uint16 images, and these are float32, .* \d+ to 2\d\d in the",
        ),
        (
            DEFAULT_RESCALE,
            FLOAT_255,
            r"float images that look like 8-bit ones reach the model unscaled, \d+ to 2\d\d",
        ),
    ],
)
def test_unintended_ranges(rescale: float, image: np.ndarray, expected: str) -> None:
    (warning,) = found_warnings(rescale, image)
    assert re.search(expected, warning), warning


@pytest.mark.parametrize(
    ("rescale", "loaded", "augmented"),
    [
        (DEFAULT_RESCALE, UINT8, None),
        (DEFAULT_RESCALE, UINT8 // 200, None),
        (DEFAULT_RESCALE, UINT8, UNIT),
        (DEFAULT_RESCALE, UINT16, UNIT),
        (DEFAULT_RESCALE, UNIT, None),
        (DEFAULT_RESCALE, HOUNSFIELD, None),
        (DEFAULT_RESCALE, FLOAT_255, (FLOAT_255 / 255 - 0.485) / 0.229),
        (None, UINT8, None),
        (None, UINT16, None),
        (None, FLOAT_255, None),
        (1.0, UINT8, None),
        (1 / 127.5, UINT8, None),
        (1 / 65_535, UINT16, None),
        (1 / 4095, TWELVE_BITS, None),
        (1 / 10_000, TWELVE_BITS, None),
        (1 / 255, UINT8 // 200, None),
        (1 / 255, UNIT, None),
        (1 / 255, UINT8, (FLOAT_255 / 255 - 0.485) / 0.229),
        (DEFAULT_RESCALE, HOUNSFIELD * np.float32(np.nan), None),
    ],
)
def test_plausible_ranges(rescale: float | None, loaded: np.ndarray, augmented: np.ndarray | None) -> None:
    assert found_warnings(rescale, loaded, augmented) == []


def test_the_default_stays_the_default_in_copies() -> None:
    for copied in (pickle.loads(pickle.dumps(DEFAULT_RESCALE)), copy.deepcopy(DEFAULT_RESCALE)):
        assert found_warnings(copied, UINT16)
        assert repr(copied) == "1 / 255"
