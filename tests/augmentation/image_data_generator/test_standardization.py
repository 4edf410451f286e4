"""Standardization against Keras' `fit` and `standardize`."""

from typing import Any

import numpy as np
import pytest
from keras_generator import ImageDataGenerator

from seqaug import image_data_generator_transform

STATISTICAL = [
    {"featurewise_center": True},
    {"featurewise_center": True, "featurewise_std_normalization": True},
    {"featurewise_center": True, "featurewise_std_normalization": True, "rescale": 1 / 255},
    {"featurewise_center": True, "zca_whitening": True, "zca_epsilon": 1e-2},
    {"featurewise_center": True, "zca_whitening": True, "rescale": 1 / 255, "zca_epsilon": 1e-3},
]


def images(count: int = 40, channels: int = 3) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (count, 6, 7, channels), dtype=np.uint8)


def halve(image: np.ndarray) -> np.ndarray:
    image /= 2  # on the spot, as many such functions do
    return image


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("arguments", STATISTICAL, ids=lambda arguments: "-".join(arguments))
def test_fit_and_standardize_are_keras(arguments: dict[str, Any], channels: int) -> None:
    x = images(300, channels)
    keras = ImageDataGenerator(**arguments)
    keras.fit(x)
    transform = image_data_generator_transform(**arguments).fit(x)
    for image in x[:10]:
        expected = keras.standardize(image.astype(np.float32))
        result = transform(image=image)["image"]
        assert result.dtype == np.float32
        assert np.allclose(result, expected, rtol=1e-3, atol=1e-4 * np.abs(expected).max())


@pytest.mark.parametrize(
    "arguments",
    [
        {"rescale": 1 / 255},
        {"samplewise_center": True},
        {"samplewise_center": True, "samplewise_std_normalization": True},
        {"preprocessing_function": halve},
        {"preprocessing_function": halve, "rescale": 0.1, "samplewise_center": True},
    ],
    ids=lambda arguments: "-".join(arguments),
)
def test_what_needs_no_fit_is_keras(arguments: dict[str, Any]) -> None:
    (image,) = images(1)
    before = image.copy()
    result = image_data_generator_transform(**arguments)(image=image, mask=image[..., 0])
    expected = ImageDataGenerator(**arguments).standardize(image.astype(np.float32))
    assert result["image"].dtype == np.float32
    assert np.allclose(result["image"], expected, rtol=1e-5, atol=1e-5)
    assert np.array_equal(result["mask"], before[..., 0])
    assert np.array_equal(image, before)


@pytest.mark.parametrize(
    ("asked", "implied"),
    [
        ("samplewise_std_normalization", "samplewise_center"),
        ("featurewise_std_normalization", "featurewise_center"),
        ("zca_whitening", "featurewise_center"),
    ],
)
def test_dividing_includes_centring_as_in_keras(asked: str, implied: str) -> None:
    x = images(300)
    alone = image_data_generator_transform(**{asked: True}).fit(x)(image=x[0])["image"]
    both = image_data_generator_transform(**{asked: True, implied: True}).fit(x)(image=x[0])["image"]
    assert np.array_equal(alone, both)
    assert abs(alone.mean()) < 0.2


def test_statistics_are_of_the_images_that_they_are_subtracted_from() -> None:
    x = images()
    transform = image_data_generator_transform(
        preprocessing_function=lambda image: 255 - image, featurewise_std_normalization=True
    ).fit(x)
    result = np.stack([transform(image=image)["image"] for image in x])
    assert np.allclose(result.mean((0, 1, 2)), 0, atol=1e-4)
    assert np.allclose(result.std((0, 1, 2)), 1, atol=1e-4)


@pytest.mark.parametrize("asked", ["featurewise_center", "featurewise_std_normalization", "zca_whitening"])
def test_without_fit_it_is_an_error(asked: str) -> None:
    transform = image_data_generator_transform(**{asked: True})
    with pytest.raises(ValueError, match=rf"^{asked} needs the statistics .*call transform\.fit\(images\) before"):
        transform(image=images()[0])


def test_images_that_the_statistics_are_not_of() -> None:
    transform = image_data_generator_transform(featurewise_center=True).fit(images())
    with pytest.raises(ValueError, match=r"^featurewise_center was fit on images of 3 channels and is given .*6, 7, 1"):
        transform(image=images()[0][..., :1])
    transform = image_data_generator_transform(zca_whitening=True).fit(images())
    with pytest.raises(ValueError, match=r"^zca_whitening was fit on images of 126 values and is given .*\(5, 7, 3\)"):
        transform(image=images()[0][:5])


def test_a_function_that_changes_the_shape() -> None:
    transform = image_data_generator_transform(preprocessing_function=lambda image: image[:2])
    with pytest.raises(ValueError, match=r"^preprocessing_function was given .*\(6, 7, 3\) and returned \(2, 7, 3\)"):
        transform(image=images()[0])


def test_grey_images_without_a_channel_axis() -> None:
    x = images(channels=1)
    transform = image_data_generator_transform(featurewise_std_normalization=True).fit(x)
    flat = transform(image=x[0][..., 0])["image"]
    assert np.array_equal(flat, transform(image=x[0])["image"][..., 0])
