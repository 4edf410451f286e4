"""Channel shift and brightness against Keras'."""

from typing import Any

import numpy as np
import pytest
from keras_generator import ImageDataGenerator

from seqaug import image_data_generator_transform
from seqaug.augmentation.image_data_generator.photometry import ImageDataGeneratorPhotometry


def pixels(channels: int = 3, low: int = 0, high: int = 256) -> np.ndarray:
    return np.random.default_rng(0).integers(low, high, (30, 40, channels), dtype=np.uint8)


def shift_and_brightness(image: np.ndarray, shift: float | None, brightness: float | None) -> np.ndarray:
    return ImageDataGeneratorPhotometry().apply(image, channel_shift_intensity=shift, brightness=brightness)


def keras(image: np.ndarray, shift: float | None, brightness: float | None) -> np.ndarray:
    drawn = {"channel_shift_intensity": shift, "brightness": brightness}
    return ImageDataGenerator().apply_transform(image.astype(np.float32), drawn)


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("brightness", [0.0, 0.37, 1.0, 1.5, 2.9])
def test_brightness_is_keras(channels: int, brightness: float) -> None:
    image = pixels(channels)
    assert np.array_equal(shift_and_brightness(image, None, brightness), keras(image, None, brightness))


@pytest.mark.parametrize("shift", [-60.0, -3.4, 0.0, 12.6, 300.0])
def test_channel_shifts_are_keras(shift: float) -> None:
    image = pixels(low=30, high=220)
    expected = keras(image, shift, None)
    assert np.abs(shift_and_brightness(image, shift, None) - expected).max() <= 0.5
    assert np.allclose(shift_and_brightness(image.astype(np.float32), shift, None), expected, atol=1e-4)


@pytest.mark.parametrize(("shift", "brightness"), [(20.0, 1.3), (-33.7, 0.8), (7.9, 1.0)])
def test_the_shift_comes_first(shift: float, brightness: float) -> None:
    image = pixels(4)
    assert np.array_equal(shift_and_brightness(image, shift, brightness), keras(image, shift, brightness))


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
@pytest.mark.parametrize("shape", [(6, 5), (6, 5, 1), (6, 5, 7)])
def test_shape_and_dtype_stay(dtype: type, shape: tuple[int, ...]) -> None:
    image = np.full(shape, 100, dtype)
    result = shift_and_brightness(image, 0.0, 1.5)
    assert result.dtype == dtype
    assert result.shape == shape
    assert (result == 150).all()


@pytest.mark.parametrize(
    ("image", "white"),
    [
        (np.array([[0.2, 0.6]], np.float32), 1),
        (np.array([[2, 200]], np.float32), 255),
        (np.array([[2, 3000]], np.float32), 3000),
        (np.array([[2, 60000]], np.uint16), 65535),
    ],
)
def test_brightness_stops_at_white(image: np.ndarray, white: float) -> None:
    result = shift_and_brightness(image, None, 1.9)
    assert np.allclose(result, np.minimum(image * np.float32(1.9), white), atol=1 if image.dtype == np.uint16 else 1e-6)


def test_what_is_drawn() -> None:
    leaf = ImageDataGeneratorPhotometry(channel_shift_range=20, brightness_range=(0.5, 0.7))
    leaf.set_random_seed(0)
    draws = [leaf.get_params() for _ in range(500)]
    shifts = [draw["channel_shift_intensity"] for draw in draws]
    factors = [draw["brightness"] for draw in draws]
    assert -20 <= min(shifts) < -19 < 19 < max(shifts) <= 20
    assert 0.5 <= min(factors) < 0.51 < 0.69 < max(factors) <= 0.7
    assert ImageDataGeneratorPhotometry().get_params() == {"channel_shift_intensity": None, "brightness": None}


@pytest.mark.parametrize("arguments", [{"channel_shift_range": 50}, {"brightness_range": (0.1, 0.4)}], ids=str)
def test_masks_are_left_alone(arguments: dict[str, Any]) -> None:
    image = pixels()
    result = image_data_generator_transform(**arguments)(image=image, mask=image[..., 0])
    assert not np.array_equal(result["image"], image)
    assert np.array_equal(result["mask"], image[..., 0])
