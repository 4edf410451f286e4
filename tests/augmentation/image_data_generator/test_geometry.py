"""How parameters are drawn, and that image and masks move together."""

import warnings
from functools import partial
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from keras_generator import ImageDataGenerator

from seqaug import image_data_generator_transform
from seqaug.augmentation.augmenter import Augmenter
from seqaug.augmentation.image_data_generator.arguments import FILL_MODES
from seqaug.augmentation.image_data_generator.geometry import ImageDataGeneratorGeometry
from seqaug.core.rng import sample_generators

LAW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])

shift_ranges = st.one_of(
    st.floats(0, 0.9), st.floats(1, 30), st.integers(0, 20), st.lists(st.integers(-20, 20), min_size=1, max_size=3)
)
geometries = st.fixed_dictionaries(
    {
        "rotation_range": st.integers(0, 180),
        "width_shift_range": shift_ranges,
        "height_shift_range": shift_ranges,
        "shear_range": st.integers(0, 45),
        "zoom_range": st.one_of(st.floats(0, 0.9), st.tuples(st.floats(0.2, 1), st.floats(1, 3))),
        "fill_mode": st.sampled_from(FILL_MODES),
        "horizontal_flip": st.booleans(),
        "vertical_flip": st.booleans(),
        "interpolation_order": st.just(0),
    }
)
seeds = st.integers(0, 2**32)


def label_map(seed: int, height: int = 48, width: int = 64) -> np.ndarray:
    coarse = np.random.default_rng(seed).choice([3, 7, 200], (height // 8, width // 8)).astype(np.uint8)
    return coarse.repeat(8, 0).repeat(8, 1)


def drawn(height: int, width: int, count: int, **arguments: Any) -> dict[str, np.ndarray]:
    """Draw parameters many times, and give the values of each."""
    leaf = ImageDataGeneratorGeometry(**arguments)
    leaf.set_random_seed(0)
    draws = [leaf.get_params_dependent_on_data({"shape": (height, width, 3)}, {}) for _ in range(count)]
    return {name: np.array([draw[name] for draw in draws]) for name in draws[0]}


@LAW
@given(geometries, seeds)
def test_labels_after_are_labels_before_or_the_ignore_index(arguments: dict[str, Any], seed: int) -> None:
    mask = label_map(seed)
    augmenter = Augmenter(image_data_generator_transform(**arguments), {"parts": "mask", "depth": "image"}, 255, 201)
    sample = {"image": mask[..., np.newaxis], "mask": mask, "parts": mask.astype(np.int32), "depth": mask}
    result = augmenter(sample, partial(sample_generators, seed, 0, 0))
    expected = {*np.unique(mask)} | ({255} if arguments["fill_mode"] == "constant" else set())
    assert set(np.unique(result["mask"])) <= expected
    # Images and masks, also additional ones, move together.
    kept = result["mask"] != 255
    assert np.array_equal(result["image"][..., 0][kept], result["mask"][kept])
    assert not result["image"][..., 0][~kept].any()
    assert np.array_equal(result["parts"], result["mask"])
    assert np.array_equal(result["depth"], result["image"])


def test_filled_pixels_are_the_ignore_index_in_masks_and_cval_in_images() -> None:
    transform = image_data_generator_transform(rotation_range=60, fill_mode="constant", cval=9)
    sample = {"image": np.full((40, 60, 3), 90, np.uint8), "mask": np.full((40, 60), 7, np.uint8)}
    result = Augmenter(transform, {}, 255, 8)(sample, partial(sample_generators, 1, 0, 0))
    filled = result["mask"] == 255
    assert filled.any()
    assert (result["image"][filled] == 9).all()
    assert (result["image"][~filled] == 90).all()
    with pytest.warns(UserWarning, match=r"^ImageDataGeneratorGeometry can fill pixels of a mask"):
        Augmenter(transform, {}, None, 8)


@pytest.mark.parametrize("arguments", [{"fill_mode": "reflect", "rotation_range": 60}, {"horizontal_flip": True}])
def test_transforms_that_fill_no_pixels_cause_no_warning(arguments: dict[str, Any]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Augmenter(image_data_generator_transform(**{"fill_mode": "constant", **arguments}), {}, None, 8)


def test_flips_are_exact() -> None:
    image = np.random.default_rng(0).integers(0, 256, (5, 7, 3), dtype=np.uint8)
    transform = image_data_generator_transform(horizontal_flip=True, vertical_flip=True)
    transform.set_random_seed(0)
    results = {transform(image=image, mask=image[..., 0])["image"].tobytes() for _ in range(60)}
    assert results == {flipped.tobytes() for flipped in (image, image[::-1], image[:, ::-1], image[::-1, ::-1])}


@pytest.mark.parametrize("size", [(48, 64), (64, 48)])
@pytest.mark.parametrize(("argument", "axis"), [("height_shift_range", 0), ("width_shift_range", 1)])
def test_height_shifts_move_rows_and_width_shifts_columns(size: tuple[int, int], argument: str, axis: int) -> None:
    picture = np.zeros((*size, 1), np.uint8)
    picture[20, 20] = 1
    transform = image_data_generator_transform(**{argument: [5]}, fill_mode="constant")
    positions = {tuple(np.argwhere(transform(image=picture)["image"])[0][:2]) for _ in range(40)}
    assert positions == ({(15, 20), (25, 20)} if axis == 0 else {(20, 15), (20, 25)})


def test_shares_are_of_the_side_along_which_is_moved() -> None:
    values = drawn(100, 400, 2000, width_shift_range=0.1, height_shift_range=0.1)
    assert 39 < np.abs(values["tx"]).max() <= 40
    assert 9.8 < np.abs(values["ty"]).max() <= 10


@pytest.mark.parametrize(
    "shift", [0, 1, 3, 0.2, 1.0, 2.5, [4], [2, 5], [-10, 10], [0.1, 0.3], [0.5, 2]], ids=lambda shift: f"shift={shift}"
)
def test_shifts_are_drawn_as_keras_draws_them(shift: Any) -> None:
    ours = drawn(80, 80, 4000, height_shift_range=shift)["ty"]
    keras = ImageDataGenerator(height_shift_range=shift)
    np.random.seed(0)  # noqa: NPY002 (it is all that Keras draws from)
    # Keras calls "tx" what it draws for the height, and then moves columns.
    theirs = np.array([keras.get_random_transform((80, 80, 3))["tx"] for _ in range(4000)])
    same_distribution(ours, theirs)


@pytest.mark.parametrize(
    "arguments",
    [
        {"rotation_range": 30},
        {"shear_range": 20},
        {"zoom_range": 0.3},
        {"zoom_range": (0.5, 3)},
        {"zoom_range": (1, 1)},
    ],
    ids=str,
)
def test_the_rest_is_drawn_as_keras_draws_it(arguments: dict[str, Any]) -> None:
    arguments = {**arguments, "horizontal_flip": True}
    ours = drawn(80, 80, 4000, **arguments)
    keras = ImageDataGenerator(**arguments)
    np.random.seed(1)  # noqa: NPY002
    theirs = [keras.get_random_transform((80, 80, 3)) for _ in range(4000)]
    for name, values in ours.items():
        same_distribution(values.astype(float), np.array([draw[name] for draw in theirs], float))
    if "zoom_range" in arguments and arguments["zoom_range"] != (1, 1):
        assert abs(np.corrcoef(ours["zx"], ours["zy"])[0, 1]) < 0.05


def same_distribution(first: np.ndarray, second: np.ndarray) -> None:
    """Both have the same values where they are few; else their distribution functions are nowhere 4 % apart."""
    if len(np.unique(second)) < 50:
        assert np.array_equal(np.unique(first), np.unique(second))
    positions = np.concatenate([first, second])
    below = [np.searchsorted(np.sort(values), positions, side="right") / len(values) for values in (first, second)]
    assert np.abs(below[0] - below[1]).max() < 0.04


def test_pictures_that_are_not_square_turn_about_their_centre() -> None:
    picture = np.zeros((41, 101, 1), np.uint8)
    picture[20, 50] = 200
    transform = image_data_generator_transform(rotation_range=90, shear_range=30, zoom_range=(0.3, 0.5))
    transform.set_random_seed(0)
    for _ in range(20):
        assert transform(image=picture)["image"][20, 50] == 200
