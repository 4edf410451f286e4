"""Images of a batch: factor, dtype and order of axes."""

from typing import Any

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from seqaug.pipeline.image_encoding import ImageEncoding, channels_last
from seqaug.pipeline.rescale import DEFAULT_RESCALE

DTYPES = {"float32": np.float32, "float16": np.float16, "bfloat16": ml_dtypes.bfloat16}
SHAPES = st.tuples(st.integers(1, 5), st.integers(1, 6), st.integers(1, 5))
IMAGES = st.one_of(
    arrays.arrays(np.uint8, SHAPES),
    arrays.arrays(np.uint16, SHAPES),
    arrays.arrays(np.float32, SHAPES, elements=st.floats(-1000, 1000, width=32) | st.just(float("nan"))),
)


def written(encoding: ImageEncoding, image: np.ndarray) -> np.ndarray:
    shape, dtype = encoding.spec(image)
    row = np.full(shape, 77, dtype)
    encoding.write(image, row)
    return row


@given(IMAGES, st.sampled_from([None, DEFAULT_RESCALE, 1 / 255, 0.37]), st.sampled_from(list(DTYPES)), st.booleans())
def test_the_float32_result_is_rounded_to_nearest(
    image: np.ndarray, rescale: float | None, dtype: str, is_turned: bool
) -> None:
    image = image[::-1, ::-1] if is_turned else image
    full = written(ImageEncoding(rescale), image)
    row = written(ImageEncoding(rescale, dtype), image)
    assert row.dtype == (DTYPES[dtype] if full.dtype == np.float32 else full.dtype)
    np.testing.assert_array_equal(row.astype(np.float64), full.astype(row.dtype).astype(np.float64))
    first = ImageEncoding(rescale, dtype, "channels_first")
    moved = written(first, image)
    assert moved.shape == (image.shape[2], *image.shape[:2])
    np.testing.assert_array_equal(channels_last(moved, "channels_first").astype(np.float64), row.astype(np.float64))


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_ties_are_rounded_to_even(dtype: str) -> None:
    step = 2.0 ** {"float16": -10, "bfloat16": -7}[dtype]
    image = np.array([[[1 + step / 2, 1 + 3 * step / 2]]], np.float32)
    assert written(ImageEncoding(None, dtype), image).astype(float).tolist() == [[[1, 1 + 2 * step]]]


def test_all_8_bits_stay_apart_in_16_bits() -> None:
    image = np.arange(256, dtype=np.uint8).reshape(16, 16, 1)
    for dtype in ("float16", "bfloat16"):
        row = written(ImageEncoding(1 / 255, dtype), image)
        assert np.array_equal(np.rint(row.astype(np.float64) * 255), image)


def test_images_of_many_channels() -> None:
    image = np.random.default_rng(0).integers(0, 256, (3, 2, 700), np.uint8)
    row = written(ImageEncoding(1 / 255, "float16"), image)
    assert np.array_equal(row, (image * np.float32(1 / 255)).astype(np.float16))


def test_a_value_too_large_for_float16_is_an_error() -> None:
    image = np.array([[[1.0, np.inf, -70_000.0]]], np.float32)
    message = 'dtype="float16" has no numbers as large as 70000, which an image has in the batch; expected a smaller'
    with pytest.raises(ValueError, match=message):
        written(ImageEncoding(None, "float16"), image)
    assert written(ImageEncoding(None, "bfloat16"), image).astype(float)[0, 0, 2] == -70_144
    assert written(ImageEncoding(None, "float16"), image[..., :2]).tolist() == [[[1, np.inf]]]
    with pytest.raises(ValueError, match="has no numbers as large as 255000"):
        ImageEncoding(1000, "float16")


@pytest.mark.parametrize(
    ("dtype", "message"),
    [
        ("float64", 'dtype=\'float64\'; expected "float32", "float16" or "bfloat16", of float images$'),
        ("mixed_float16", 'of float images: under Keras\' policy "mixed_float16", images are "float16"'),
        ("uint8", "rescale=None keeps integers as they are"),
        (np.uint8, "rescale=None keeps integers as they are"),
        (None, "dtype=None; expected"),
        (3, "dtype=3; expected"),
    ],
)
def test_unknown_dtypes(dtype: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ImageEncoding(None, dtype)


def test_types_are_dtypes_too() -> None:
    image = np.zeros((1, 1, 1), np.float32)
    assert ImageEncoding(None, np.float16).spec(image)[1] == np.float16  # type: ignore[arg-type]
    assert ImageEncoding(None, ml_dtypes.bfloat16).spec(image)[1] == ml_dtypes.bfloat16  # type: ignore[arg-type]


def test_unknown_data_formats() -> None:
    with pytest.raises(ValueError, match="data_format='NCHW'; expected one of 'channels_last', 'channels_first'"):
        ImageEncoding(None, data_format="NCHW")


def test_a_factor_must_be_a_number() -> None:
    with pytest.raises(TypeError, match=r"rescale='1/255'; expected a factor above 0, such as 1 / 255, or None"):
        ImageEncoding("1/255")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"rescale=True; expected a factor above 0, such as 1 / 255, or None"):
        ImageEncoding(True)


@pytest.mark.parametrize("rescale", [0, -1, float("nan"), float("inf")])
def test_invalid_factors(rescale: Any) -> None:
    with pytest.raises(ValueError, match=rf"rescale={rescale}; expected a factor above 0"):
        ImageEncoding(rescale)
