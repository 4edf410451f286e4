from pathlib import Path
from types import ModuleType

import keras
import numpy as np
import pytest
from script_modules import load_script


@pytest.fixture(scope="module")
def segnet() -> ModuleType:
    return load_script("segnet/model")


def pool(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Pool window by window."""
    batch, height, width, channels = values.shape
    windows = values.reshape(batch, height // 2, 2, width // 2, 2, channels).transpose(0, 1, 3, 5, 2, 4)
    windows = windows.reshape(*windows.shape[:4], 4)
    return windows.max(-1), windows.argmax(-1)


def unpool(values: np.ndarray, indices: np.ndarray) -> np.ndarray:
    """Unpool value by value."""
    batch, height, width, channels = values.shape
    out = np.zeros((batch, 2 * height, 2 * width, channels), values.dtype)
    for b, row, column, channel in np.ndindex(values.shape):
        down, right = divmod(int(indices[b, row, column, channel]), 2)
        out[b, 2 * row + down, 2 * column + right, channel] = values[b, row, column, channel]
    return out


# With few distinct values, most windows have equal maxima.
@pytest.mark.parametrize("distinct", [2, 1000])
def test_pooling_and_unpooling_equal_numpy(segnet: ModuleType, distinct: int) -> None:
    values = np.random.default_rng(0).integers(-distinct, distinct, (2, 6, 8, 3)).astype(np.float32)
    maxima, indices = segnet.MaxPoolingWithIndices()(values)
    expected = pool(values)
    assert np.array_equal(maxima, expected[0])
    assert np.array_equal(indices, expected[1])
    unpooled = np.asarray(segnet.MaxUnpooling()(maxima, indices))
    assert np.array_equal(unpooled, unpool(*expected))
    # Each maximum returns to its position, all else is 0, and pooling again returns the positive ones.
    assert np.array_equal(unpooled[unpooled != 0], values[unpooled != 0])
    assert np.array_equal(pool(unpooled)[0], np.maximum(expected[0], 0))


def test_shapes_are_known_without_data(segnet: ModuleType) -> None:
    maxima, indices = segnet.MaxPoolingWithIndices()(keras.Input((6, 8, 3)))
    assert maxima.shape == indices.shape == (None, 3, 4, 3)
    assert keras.backend.standardize_dtype(indices.dtype) == "int32"
    assert segnet.MaxUnpooling()(maxima, indices).shape == (None, 6, 8, 3)


# Keras 3.15 loads weights in a way that NumPy 2 deprecates.
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_it_returns_logits_per_pixel_and_can_be_saved(segnet: ModuleType, tmp_path: Path) -> None:
    keras.utils.set_random_seed(0)
    model = segnet.build_segnet((32, 48), 5, widths=(4, 6), convolutions=2)
    images = np.random.default_rng(1).random((2, 32, 48, 3), np.float32)
    logits = model.predict_on_batch(images)
    assert logits.shape == (2, 32, 48, 5)
    assert logits.dtype == np.float32
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert np.allclose(loaded.predict_on_batch(images), logits, atol=1e-6)


def test_it_is_nearly_invariant_to_brightness_and_contrast(segnet: ModuleType) -> None:
    model = segnet.build_segnet((16, 16), 3, widths=(4,))
    image = np.random.default_rng(2).random((1, 16, 16, 3), np.float32)
    assert np.allclose(model.predict_on_batch(image), model.predict_on_batch(0.8 * image + 0.1), atol=0.05)


def test_training_changes_every_weight(segnet: ModuleType) -> None:
    keras.utils.set_random_seed(0)
    model = segnet.build_segnet((16, 16), 3, widths=(4, 6), convolutions=2)
    model.compile(keras.optimizers.SGD(0.1), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    rng = np.random.default_rng(3)
    images, ids = rng.random((4, 16, 16, 3), np.float32), rng.integers(0, 3, (4, 16, 16)).astype(np.uint8)
    before = [weight.numpy() for weight in model.trainable_weights]
    first = model.train_on_batch(images, ids)
    for weight, old in zip(model.trainable_weights, before, strict=True):
        assert not np.array_equal(weight.numpy(), old), weight.path
    for _ in range(20):
        last = model.train_on_batch(images, ids)
    assert last < first


@pytest.mark.parametrize(
    ("size", "message"),
    [
        ((100, 64), r"the size is 100x64; expected .* divisible by 16, .* 4 stages .* the nearest is 96x64"),
        ((64, 8), r"the size is 64x8; .* the nearest is 64x16"),
    ],
)
def test_a_size_that_cannot_be_halved_is_an_error(segnet: ModuleType, size: tuple[int, int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        segnet.build_segnet(size, 3)
