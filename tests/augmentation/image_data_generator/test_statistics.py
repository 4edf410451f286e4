"""Statistics of images, computed in one pass."""

import copy

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_pairs import Pairs

from seqaug import SegmentationSequence
from seqaug.augmentation.image_data_generator.statistics import Accumulator, Statistics, images_of


def of(images: list[np.ndarray], zca_epsilon: float | None = None) -> Statistics:
    accumulator = Accumulator(zca_epsilon)
    for image in images:
        accumulator.add(image)
    return accumulator.result()


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 9), st.integers(1, 4), st.floats(-1e4, 1e4), st.floats(1e-2, 1e3), st.integers(0, 99))
def test_mean_and_deviation_are_numpys(count: int, channels: int, offset: float, scale: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    images = [offset + scale * rng.normal(size=(rng.integers(1, 6), 5, channels)) for _ in range(count)]
    flat = np.concatenate([image.reshape(-1, channels) for image in images])
    found = of(images)
    assert np.allclose(found.mean, flat.mean(0), rtol=1e-6)
    assert np.allclose(found.std, flat.std(0), rtol=1e-6)


def test_grey_images_without_a_channel_axis_have_one_channel() -> None:
    assert of([np.array([[1, 3]], np.uint8)]).mean.tolist() == [2]


@pytest.mark.parametrize("count", [3, 64, 150])
def test_the_whitening_matrix_is_that_of_the_singular_values(count: int) -> None:
    images = np.random.default_rng(0).random((count, 4, 5, 3)) * [1, 20, 300]
    centred = (images - images.mean((0, 1, 2))).reshape(count, -1)
    left, values, _ = np.linalg.svd(centred.T, full_matrices=False)
    expected = (left * (np.sqrt(count) / (values + 1e-3))) @ left.T
    found = of(list(images), zca_epsilon=1e-3).zca_matrix
    assert np.allclose(found, expected, rtol=1e-4, atol=1e-6 * np.abs(expected).max())


def test_whitened_images_have_the_identity_for_covariance() -> None:
    images = np.random.default_rng(0).random((300, 3, 3, 2)) ** 3
    known = of(list(images), zca_epsilon=1e-6)
    white = (images - known.mean).reshape(300, -1) @ known.zca_matrix
    assert np.allclose(white.T @ white / 300, np.eye(18), atol=1e-3)


def test_no_images_are_an_error() -> None:
    with pytest.raises(ValueError, match=r"^fit\(\) was given no images; expected at least one"):
        of([])


@pytest.mark.parametrize(
    ("second", "zca_epsilon", "message"),
    [
        ((4, 4, 1), None, r"image 1 of the data is 4x4x1 and the first is 4x4x3; expected the same channels"),
        ((5, 4, 3), 1e-6, r"image 1 of the data is 5x4x3 and the first is 4x4x3; expected the same size"),
    ],
)
def test_images_that_differ(second: tuple[int, ...], zca_epsilon: float | None, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        of([np.zeros((4, 4, 3)), np.zeros(second)], zca_epsilon)


def test_images_that_are_too_large_to_whiten() -> None:
    with pytest.raises(
        ValueError, match=r"^zca_whitening of images of 4000x4000x3 needs a matrix of 48000000x48000000"
    ):
        of([np.zeros((4000, 4000, 3), np.uint8)], 1e-6)


def test_threads_share_what_is_large() -> None:
    known = Statistics([1], [2], np.eye(3))
    assert copy.deepcopy({"known": known})["known"] is known


def test_an_array_is_its_images() -> None:
    array = np.arange(24).reshape(2, 2, 2, 3)
    assert np.array_equal(list(images_of(array)), array)


def test_an_iterable_holds_images_or_batches() -> None:
    array = np.arange(24).reshape(2, 2, 2, 3)
    assert np.array_equal(list(images_of(iter(array))), array)
    assert np.array_equal(list(images_of([array[:1], array[1:]])), array)
    assert [image.shape for image in images_of([np.zeros((2, 3)), np.zeros((5, 6))])] == [(2, 3), (5, 6)]


def test_a_sequence_gives_its_samples_as_they_are(pairs: Pairs) -> None:
    sequence = SegmentationSequence(pairs.images, pairs.masks, palette="binary")
    assert np.array_equal(list(images_of(sequence)), pairs.pixels)


@pytest.mark.parametrize(
    ("data", "error", "message"),
    [
        (np.zeros((4, 4, 3)), ValueError, r"fit\(\) was given an array of shape \(4, 4, 3\); expected an array \(N, H"),
        (7, TypeError, r"fit\(\) was given int; expected"),
        ([(np.zeros((4, 4, 3)), 1)], ValueError, r"fit\(\) was given an iterable of tuple; expected"),
        (["a.png"], ValueError, r"fit\(\) was given an iterable of <U5 of shape \(\); expected"),
    ],
)
def test_what_holds_no_images(data: object, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        list(images_of(data))
