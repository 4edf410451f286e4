"""The whole of `image_data_generator_transform`: agreement with Keras, and its life as a composition."""

import copy
import pickle
import random
from functools import partial
from pathlib import Path
from typing import Any

import albumentations as A  # noqa: N812
import numpy as np
import pytest
from keras_generator import ImageDataGenerator, keras_affine
from small_pairs import COLORS, Pairs

from seqaug import Palette, SegmentationSequence, TransformError, image_data_generator_transform
from seqaug.augmentation.augmenter import Augmenter
from seqaug.augmentation.image_data_generator.arguments import FILL_MODES
from seqaug.core.rng import sample_generators
from seqaug.demo.scenes import draw_scene

EVERYTHING = {
    "rotation_range": 30,
    "width_shift_range": 0.2,
    "height_shift_range": [2, 5],
    "brightness_range": (0.5, 1.5),
    "shear_range": 10,
    "zoom_range": (0.7, 1.3),
    "channel_shift_range": 20,
    "fill_mode": "constant",
    "cval": 9,
    "horizontal_flip": True,
    "vertical_flip": True,
    "rescale": 1 / 255,
    "featurewise_center": True,
    "featurewise_std_normalization": True,
}


def sample(seed: int = 0, size: tuple[int, int] = (96, 128)) -> dict[str, np.ndarray]:
    image, mask = draw_scene(size, np.random.default_rng(seed))
    return {"image": image, "mask": mask}


def transformed(transform: Any, seed: int) -> dict[str, np.ndarray]:
    transform.set_random_state(*sample_generators(seed, 0, 0))
    return transform(**sample())


def drawn_arguments(rng: random.Random) -> dict[str, Any]:
    """Draw every argument that has a part in geometry and photometry, in each of its forms."""
    shifts = [0, 0.2, 7.5, 9, [0.1, 0.3], [-12, 12]]
    return {
        "rotation_range": rng.choice([0, 15, 90]),
        "width_shift_range": rng.choice(shifts),
        "height_shift_range": rng.choice(shifts),
        "brightness_range": rng.choice([None, (0.7, 1.3)]),
        "shear_range": rng.choice([0, 20]),
        "zoom_range": rng.choice([0, 0.3, (0.5, 0.9), (1.2, 2)]),
        "channel_shift_range": rng.choice([0, 25]),
        "fill_mode": rng.choice(FILL_MODES),
        "cval": rng.choice([0, 77.5]),
        "horizontal_flip": rng.random() < 0.5,
        "vertical_flip": rng.random() < 0.5,
        "rescale": rng.choice([None, 1 / 255]),
    }


def test_two_hundred_draws_agree_with_keras(capsys: pytest.CaptureFixture[str]) -> None:
    """The same parameters through Keras' own functions: the figures, away from borders and at them."""
    rng = random.Random(0)
    figures: dict[str, list[tuple[float, float, float, float]]] = {fill_mode: [] for fill_mode in FILL_MODES}
    for number in range(200):
        arguments = drawn_arguments(rng)
        pair = sample(number, rng.choice([(96, 128), (128, 96), (112, 112)]))
        transform = image_data_generator_transform(**arguments)
        transform.set_random_seed(number)
        result = transform(**pair)
        parameters: dict[str, Any] = {"theta": 0, "tx": 0, "ty": 0, "shear": 0, "zx": 1, "zy": 1}
        for part in transform.transforms:
            parameters |= part.get_applied_params()

        keras = ImageDataGenerator(**arguments)
        expected = keras.standardize(keras.apply_transform(pair["image"].astype(np.float32), parameters))
        grey_levels = np.abs(result["image"] - expected).mean(-1) / (arguments["rescale"] or 1)

        # Another generator that draws less, as for masks, and is given the same parameters.
        keras_masks = ImageDataGenerator(fill_mode=arguments["fill_mode"], interpolation_order=0)
        moves = {**parameters, "brightness": None, "channel_shift_intensity": None}
        expected_mask = keras_masks.apply_transform(pair["mask"][..., np.newaxis].astype(np.float32), moves)[..., 0]
        same = result["mask"] == expected_mask

        frame = np.pad(np.ones(np.subtract(pair["mask"].shape, 4), np.uint8), 2)
        inside = keras_affine(frame, parameters, fill_mode="constant", order=0).astype(bool)
        inside = inside[
            :: -1 if parameters.get("flip_vertical") else 1, :: -1 if parameters.get("flip_horizontal") else 1
        ]
        border = ~inside
        if inside.any():
            assert grey_levels[inside].mean() <= 1, arguments
            assert same[inside].mean() >= 0.995, arguments
            figures[arguments["fill_mode"]].append(
                (
                    grey_levels[inside].mean(),
                    same[inside].mean(),
                    grey_levels[border].mean() if border.any() else 0,
                    same[border].mean() if border.any() else 1,
                )
            )
    with capsys.disabled():
        print("\n200 draws of all arguments, ours against Keras' own functions, uint8 against float32:")
        print("fill_mode  draws | away from borders             | at and beyond borders")
        print("                 | worst mean grey, masks equal  | worst mean grey, masks equal")
        for fill_mode, rows in figures.items():
            inner, inner_same, outer, outer_same = np.transpose(rows)
            print(
                f"{fill_mode:10} {len(rows):5} | {inner.max():.3f}, {inner_same.min():10.3%}            "
                f"| {outer.max():.3f}, {outer_same.min():10.3%}"
            )
    assert sum(map(len, figures.values())) >= 195


def test_nothing_asked_for_changes_nothing() -> None:
    for arguments in ({}, {"fill_mode": "constant", "zoom_range": [1, 1], "brightness_range": None}):
        transform = image_data_generator_transform(**arguments)
        assert not transform.transforms
        result = Augmenter(transform, {}, 255, 50)(sample(), partial(sample_generators, 0, 0, 0))
        assert all(np.array_equal(result[name], pixels) for name, pixels in sample().items())


def test_uint8_stays_until_something_needs_float() -> None:
    geometry = {"rotation_range": 30, "channel_shift_range": 20, "brightness_range": (0.5, 1.5)}
    assert transformed(image_data_generator_transform(**geometry), 0)["image"].dtype == np.uint8
    assert transformed(image_data_generator_transform(**geometry, rescale=1 / 255), 0)["image"].dtype == np.float32


def test_a_draw_depends_on_the_generators_alone() -> None:
    transform = image_data_generator_transform(**EVERYTHING).fit([sample()["image"]])
    states = (random.getstate(), np.random.get_state()[1].tolist())  # noqa: NPY002
    first, other, again = (transformed(transform, seed)["image"].tobytes() for seed in (3, 4, 3))
    assert first == again != other
    assert states == (random.getstate(), np.random.get_state()[1].tolist())  # noqa: NPY002


@pytest.mark.parametrize(
    "copier",
    [
        copy.deepcopy,
        lambda transform: pickle.loads(pickle.dumps(transform)),
        lambda transform: A.from_dict(A.to_dict(transform)),
    ],
    ids=["copy", "pickle", "dict"],
)
@pytest.mark.parametrize("whitened", [False, True])
def test_copies_do_the_same(copier: Any, whitened: bool) -> None:
    arguments = {**EVERYTHING, "zca_whitening": whitened, "featurewise_std_normalization": not whitened}
    image = sample()["image"][:12, :16]
    transform = image_data_generator_transform(**arguments).fit([image])
    results = []
    for one in (transform, copier(transform)):
        one.set_random_state(*sample_generators(5, 0, 0))
        results.append(one(image=image)["image"])
    assert np.array_equal(*results)


def test_it_is_saved_and_loaded_with_its_statistics(tmp_path: Path) -> None:
    transform = image_data_generator_transform(**EVERYTHING).fit([sample()["image"]])
    A.save(transform, tmp_path / "transform.json")
    loaded = A.load(tmp_path / "transform.json")
    assert type(loaded) is type(transform)
    assert np.array_equal(transformed(loaded, 1)["image"], transformed(transform, 1)["image"])


def test_its_text_leaves_the_statistics_out() -> None:
    """A whitening matrix has millions of numbers."""
    transform = image_data_generator_transform(zca_whitening=True).fit(np.zeros((2, 9, 9, 3), np.uint8))
    assert len(repr(transform)) < 1000


def test_a_function_is_not_written_down() -> None:
    transform = image_data_generator_transform(preprocessing_function=np.sqrt)
    with pytest.raises(ValueError, match=r"^preprocessing_function=<ufunc 'sqrt'> is code, .*pickle the transform"):
        A.to_dict(transform)


def test_it_replays() -> None:
    transform = image_data_generator_transform(**EVERYTHING, preprocessing_function=np.sqrt).fit([sample()["image"]])
    first = A.ReplayCompose([transform])(**sample())
    again = A.ReplayCompose.replay(first["replay"], **sample())
    for name in ("image", "mask"):
        assert np.array_equal(first[name], again[name])


def test_additional_images_are_treated_like_images() -> None:
    transform = image_data_generator_transform(**EVERYTHING).fit([sample()["image"]])
    augmenter = Augmenter(transform, {"second": "image"}, 255, 50)
    result = augmenter({**sample(), "second": sample()["image"]}, partial(sample_generators, 0, 0, 0))
    assert np.array_equal(result["image"], result["second"])


def test_fit_on_augmented_images() -> None:
    images = [sample(seed)["image"] for seed in range(3)]
    arguments = {"brightness_range": (0.2, 0.4), "rotation_range": 20, "featurewise_center": True}
    plain, *augmented = (
        image_data_generator_transform(**arguments).fit(images, augment=augment, rounds=rounds, seed=seed)
        for augment, rounds, seed in [(False, 3, 0), (True, 2, 0), (True, 2, 0), (True, 2, 1)]
    )
    means = [part.transforms[-1].statistics.mean for part in (plain, *augmented)]
    assert np.allclose(means[0], np.mean(images, (0, 1, 2)), rtol=1e-6)
    assert (means[1] < 0.5 * means[0]).all()
    assert np.array_equal(means[1], means[2])
    assert not np.array_equal(means[1], means[3])


def test_fit_without_need_looks_at_nothing() -> None:
    transform = image_data_generator_transform(rotation_range=3)
    assert transform.fit(None) is transform
    with pytest.raises(ValueError, match=r"rounds=0"):
        transform.fit([], rounds=0)


def test_the_standardization_alone_is_for_validation() -> None:
    transform = image_data_generator_transform(**EVERYTHING).fit([sample()["image"]])
    image = sample()["image"]
    x = image / 255
    expected = (x - x.mean((0, 1))) / (x.std((0, 1)) + 1e-6)
    assert np.allclose(transform.standardization(image=image)["image"], expected, atol=1e-4)
    nothing = image_data_generator_transform(rotation_range=3).standardization(image=image)["image"]
    assert np.array_equal(nothing, image)


def test_a_sequence_uses_it(pairs: Pairs) -> None:
    palette = Palette(COLORS, ignore=("void",))
    transform = image_data_generator_transform(**EVERYTHING)
    plain = SegmentationSequence(pairs.images, pairs.masks, palette=palette, workers=0)
    train = SegmentationSequence(pairs.images, pairs.masks, palette=palette, transform=transform.fit(plain), workers=0)
    x, y = train[0]
    assert x.dtype == np.float32
    assert x.shape == (6, 24, 32, 3)
    assert x.min() < -1  # and not rescaled again
    assert set(np.unique(y)) <= {0, 1, 2, 255}
    assert (y == 255).mean() > (pairs.ids == 255).mean()
    again = SegmentationSequence(pairs.images, pairs.masks, palette=palette, transform=transform, workers=2)
    assert x.tobytes() == again[0][0].tobytes()
    again.close()


def test_a_sequence_says_that_it_was_not_fit(pairs: Pairs) -> None:
    transform = image_data_generator_transform(featurewise_center=True)
    sequence = SegmentationSequence(pairs.images, pairs.masks, palette=COLORS, transform=transform, workers=0)
    with pytest.raises(
        TransformError, match=r"featurewise_center needs the statistics .*call transform\.fit\(images\)"
    ):
        sequence[0]
