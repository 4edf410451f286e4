"""Value maps: how geometric transforms move and fill them, and errors."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from functools import partial
from typing import Any

import albumentations as A  # noqa: N812
import cv2
import numpy as np
import pytest

from seqaug import ClassCrop, TransformError, image_data_generator_transform
from seqaug.augmentation.augmenter import Augmenter
from seqaug.augmentation.value_maps import ValueMaps, resize_nearest
from seqaug.core.rng import sample_generators

HEIGHT, WIDTH = 48, 64
ROWS, COLUMNS = np.mgrid[:HEIGHT, :WIDTH].astype(np.float32)
# Metres, as a depth camera gives them, even along both axes, so that bilinear resampling is known exactly.
RAMP = (0.5 + 2.5 * ROWS + 2 * COLUMNS).astype(np.float32)
NAN = float("nan")


def make_generators(seed: int) -> Callable[[], Any]:
    return partial(sample_generators, seed, 0, 0)


def applied(transform: Any, kind: str, values: np.ndarray, *, fill: Any = -1, seed: int = 0) -> dict[str, np.ndarray]:
    """Augment a map beside an image of noise, and a mask in which each 3x3 block has a label of its own."""
    rng = np.random.default_rng(seed)
    sample = {
        "image": rng.integers(0, 256, (HEIGHT, WIDTH, 3), np.uint8),
        "mask": rng.integers(0, 200, (HEIGHT, WIDTH), np.uint8),
        "map": values,
    }
    return Augmenter(transform, {"map": kind}, 255, 201, value_fill={"map": fill})(sample, make_generators(seed))


MOVING = [
    A.HorizontalFlip(p=1),
    A.VerticalFlip(p=1),
    A.D4(p=1),
    A.Transpose(p=1),
    A.RandomCrop(20, 24),
    A.RandomCropFromBorders(),
    A.PadIfNeeded(70, 80),
    A.RandomGridShuffle(p=1),
    ClassCrop(20, 24),
    ClassCrop(60, 70, pad_if_needed=True),
    A.CoarseDropout(fill_mask=0, p=1),
    A.PixelDropout(mask_drop_value=0, dropout_prob=0.2, p=1),
]


@pytest.mark.parametrize("transform", MOVING, ids=lambda transform: type(transform).__name__)
@pytest.mark.parametrize("shape", [(), (1,), (2,), (5,)])
def test_transforms_that_only_move_pixels_change_no_bit(transform: Any, shape: tuple[int, ...]) -> None:
    values = np.random.default_rng(1).normal(0, 1e4, (HEIGHT, WIDTH, *shape)).astype(np.float32)
    result = applied(transform, "value", values)
    nearest = applied(transform, "value_nearest", values)
    assert result["map"].dtype == np.float32
    assert result["map"].tobytes() == nearest["map"].tobytes()
    assert set(np.unique(result["map"])) <= {*np.unique(values), -1}
    assert result["map"].shape == (*result["mask"].shape, *shape)


WARPING = [
    A.Rotate((25, 25), p=1),
    A.Rotate((25, 25), crop_border=True, p=1),
    A.SafeRotate((25, 25), p=1),
    A.Affine(rotate=30, scale=0.7, shear=5, p=1),
    A.Perspective(fit_output=True, p=1),
    A.GridDistortion(p=1),
    A.OpticalDistortion(distort_limit=0.5, p=1),
    A.ThinPlateSpline(p=1),
    A.GridElasticDeform((4, 4), 5, p=1),
    A.ElasticTransform(alpha=50, sigma=5, p=1),
    image_data_generator_transform(rotation_range=30, fill_mode="constant"),
]


@pytest.mark.parametrize("transform", WARPING, ids=lambda transform: type(transform).__name__)
@pytest.mark.parametrize("channels", [0, 1, 2, 3, 7])
def test_a_warp_is_bilinear_and_filled_pixels_are_those_of_the_mask(transform: Any, channels: int) -> None:
    ramp = np.stack([RAMP + channel for channel in range(channels)], -1) if channels else RAMP
    result = applied(transform, "value", ramp, fill=NAN)
    filled = result["filled"]
    assert np.array_equal(filled, result["mask"] == 255)
    assert np.isnan(result["map"][filled]).all()
    assert np.isfinite(result["map"][~filled]).all()
    nearest = applied(transform, "value_nearest", ramp, fill=-1)["map"]
    # Half a pixel either way is at most 2.25 here.
    difference = np.abs(result["map"][~filled] - nearest[~filled])
    assert 0.5 < difference.max() <= 2.3
    for channel in range(1, channels):
        assert np.allclose(result["map"][..., channel], result["map"][..., 0] + channel, rtol=1e-5, equal_nan=True)


@pytest.mark.parametrize("value", [0.5, 255.0, -3.3e7, 1e-20])
def test_a_constant_map_stays_so_however_often_it_is_warped(value: float) -> None:
    transform = A.Compose([A.Rotate(40, p=1), A.Affine(scale=0.8, p=1), A.ElasticTransform(alpha=40, sigma=6, p=1)])
    result = applied(transform, "value", np.full((HEIGHT, WIDTH), value, np.float32), fill=NAN)
    assert result["filled"].any()
    assert np.allclose(result["map"][~result["filled"]], value, rtol=1e-6, atol=0)


def halved(pixels: np.ndarray, **_: Any) -> np.ndarray:
    return pixels // 2


PHOTOMETRIC = [
    A.RandomBrightnessContrast(p=1),
    A.Normalize(),
    A.ToFloat(),
    A.CLAHE(p=1),
    A.GaussNoise(p=1),
    A.CoarseDropout(p=1),
    A.Lambda(image=halved, p=1),
    A.Lambda(mask=halved, p=1),
]


@pytest.mark.parametrize("transform", PHOTOMETRIC, ids=lambda transform: type(transform).__name__)
@pytest.mark.parametrize("kind", ["value", "value_nearest"])
def test_transforms_of_pixel_values_leave_maps_alone(transform: Any, kind: str) -> None:
    assert applied(transform, kind, RAMP * 1000)["map"].tobytes() == (RAMP * 1000).tobytes()


@pytest.mark.filterwarnings("ignore:Morphological changes the labels")
def test_morphology_leaves_maps_alone() -> None:
    assert np.array_equal(applied(A.Morphological(p=1), "value", RAMP)["map"], RAMP)


def test_a_function_of_the_users_own_that_moves_masks_moves_maps() -> None:
    def turned(pixels: np.ndarray, **_: Any) -> np.ndarray:
        return np.ascontiguousarray(np.rot90(pixels, 2))

    result = applied(A.Lambda(image=turned, mask=turned, p=1), "value", RAMP)
    assert np.array_equal(result["map"], RAMP[::-1, ::-1])


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.uint32, np.int64, ">i4", np.float64, np.float16, bool])
def test_the_nearest_keeps_integers_whatever_they_are(dtype: Any) -> None:
    values = (np.arange(HEIGHT * WIDTH).reshape(HEIGHT, WIDTH) % 250).astype(dtype)
    values = ValueMaps({"map": "value_nearest"}, 1).loaded("map", values)
    result = applied(A.Rotate((30, 30), p=1), "value_nearest", values, fill=1)
    expected = {"f": np.float32, "b": np.uint8}.get(np.dtype(dtype).kind, np.dtype(dtype).newbyteorder("="))
    assert result["map"].dtype == expected
    assert (result["map"][result["filled"]] == 1).all()
    assert set(np.unique(result["map"])) <= {*np.unique(values), 1}


def test_holes_do_not_spread_by_the_nearest() -> None:
    holed = np.where(RAMP > 100, np.nan, RAMP)
    result = applied(A.Rotate((30, 30), p=1), "value_nearest", holed.astype(np.float32))
    assert np.nanmax(result["map"]) <= 100
    assert 0 < np.isnan(result["map"]).sum() <= np.isnan(holed).sum()


@pytest.mark.parametrize("copier", [copy.deepcopy, lambda value: pickle.loads(pickle.dumps(value))])
def test_copies_do_the_same(copier: Any) -> None:
    transform = A.Compose([A.OneOf([A.Rotate(40, p=1), A.GridElasticDeform((4, 4), 9, p=1)], p=1), A.Affine(p=1)])
    sample = {"image": np.zeros((HEIGHT, WIDTH, 3), np.uint8), "mask": np.zeros((HEIGHT, WIDTH), np.uint8), "map": RAMP}
    augmenter = Augmenter(transform, {"map": "value"}, 255, 201, value_fill=0)
    for seed in range(4):
        one, other = augmenter(sample, make_generators(seed)), copier(augmenter)(sample, make_generators(seed))
        assert all(one[name].tobytes() == other[name].tobytes() for name in one)


def test_maps_change_no_byte_of_image_and_mask() -> None:
    transform = A.Compose([A.Rotate(40, p=1), A.RandomCrop(20, 24), A.RandomBrightnessContrast(p=1), A.MaskDropout()])
    rng = np.random.default_rng(0)
    sample = {
        "image": rng.integers(0, 256, (HEIGHT, WIDTH, 3), np.uint8),
        "mask": rng.integers(0, 9, (48, 64), np.uint8),
    }
    alone = Augmenter(transform, {}, 255, 201)
    beside = Augmenter(transform, {"map": "value", "ids": "value_nearest"}, 255, 201, value_fill=0)
    for seed in range(5):
        expected, result = (
            alone(sample, make_generators(seed)),
            beside(sample | {"map": RAMP, "ids": RAMP}, make_generators(seed)),
        )
        assert all(expected[name].tobytes() == result[name].tobytes() for name in sample)


def test_without_a_fill_transforms_that_fill_pixels_are_named_at_construction() -> None:
    with pytest.raises(ValueError, match=r"^Rotate can fill pixels .*in 'map'; expected value_fill="):
        Augmenter(A.Compose([A.HorizontalFlip(), A.Rotate(30)]), {"map": "value"}, 255, 201)
    Augmenter(A.Compose([A.HorizontalFlip(), A.Rotate(30, border_mode=cv2.BORDER_REFLECT)]), {"map": "value"}, 255, 201)


def test_or_when_they_do_so() -> None:
    class Seldom(A.HorizontalFlip):
        def apply(self, img: np.ndarray, **params: Any) -> np.ndarray:
            return np.zeros_like(img) if params["shape"][:2] == (HEIGHT, WIDTH) else img

    sample = {"image": np.zeros((HEIGHT, WIDTH, 3), np.uint8), "mask": np.zeros((HEIGHT, WIDTH), np.uint8), "map": RAMP}
    augmenter = Augmenter(A.Compose([A.VerticalFlip(), Seldom(p=1)]), {"map": "value"}, 255, 201)
    with pytest.raises(TransformError, match=r"^Seldom filled 3072 of 3072 pixels.*in 'map'; expected value_fill="):
        augmenter(sample, make_generators(0))


def test_a_transform_that_does_not_move_maps_is_refused() -> None:
    class InItsOwnWay(A.HorizontalFlip):
        def apply_with_params(self, params: dict[str, Any], *args: Any, **kwargs: Any) -> dict[str, Any]:
            return {**kwargs, "image": self.apply(kwargs["image"]), "mask": self.apply(kwargs["mask"])}

    with pytest.raises(ValueError, match=r"InItsOwnWay moves masks, but not 'map'; expected apply_to_mask"):
        Augmenter(InItsOwnWay(), {"map": "value"}, 255, 201)


def test_another_meaning_in_the_composition_is_refused() -> None:
    transform = A.Compose([A.HorizontalFlip()], additional_targets={"map": "image"})
    with pytest.raises(ValueError, match=r"say that 'map' is 'image', and the sequence's say 'value'; leave it out of"):
        Augmenter(transform, {"map": "value"}, 255, 201)


@pytest.mark.parametrize(
    ("kinds", "fill", "error", "message"),
    [
        ({}, 0, ValueError, r"value_fill=0 is for maps of numbers, and there are none; expected additional_targets="),
        ({"parts": "mask"}, 0, ValueError, r"value_fill=0 is for maps of numbers"),
        ({"map": "value"}, {"depth": 0}, ValueError, r"value_fill names 'depth'; expected maps of numbers: 'map'"),
        ({"map": "value"}, "nan", TypeError, r'value_fill=\'nan\'; expected a number, such as 0 or float\("nan"\)'),
        ({"map": "value"}, True, TypeError, r"value_fill=True; expected a number"),
        ({"map": "value"}, 1e300, ValueError, r"value_fill=1e\+300 for 'map' is too large for float32"),
    ],
)
def test_fills_that_cannot_be(kinds: dict[str, str], fill: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        ValueMaps(kinds, fill)


@pytest.mark.parametrize(
    ("kind", "fill", "values", "message"),
    [
        ("value", 0, np.array([[1.0, np.nan]]), r"'map' is NaN or infinite in 1 of 2 values.*\"value_nearest\""),
        ("value", 0, np.array([[1.0, np.inf]]), r"'map' is NaN or infinite in 1 of 2 values"),
        ("value", 0, np.array([[1.0, 1e300]]), r"'map' holds numbers too large for float32"),
        ("value_nearest", 0, np.array([[1.0, 1e300]]), r"'map' holds numbers too large for float32"),
        ("value", 0, np.array([[2**24 + 1]]), r"'map' is int64 from 16777217.*\"value_nearest\""),
        ("value", 0, np.array([["a"]]), r"'map' is <U1 of shape \(1, 1\); expected numbers, \(H, W\)"),
        ("value", 0, np.zeros(3), r"'map' is float64 of shape \(3,\); expected numbers"),
        ("value_nearest", NAN, np.array([[1]], np.uint8), r"'map' is uint8, which cannot hold value_fill=nan"),
        (
            "value_nearest",
            -1,
            np.array([[1]], np.uint8),
            r"cannot hold value_fill=-1; expected a whole number from 0 to",
        ),
        ("value_nearest", 0.5, np.array([[1]], np.int32), r"'map' is int32, which cannot hold value_fill=0.5"),
    ],
)
def test_maps_that_cannot_be(kind: str, fill: float, values: np.ndarray, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ValueMaps({"map": kind}, fill).loaded("map", values)


def test_final_dtypes() -> None:
    maps = ValueMaps({"map": "value"})
    for dtype in (bool, np.uint8, np.int64, np.float16, np.float64):
        assert maps.loaded("map", np.ones((2, 2), dtype)).dtype == np.float32
    assert ValueMaps({"map": "value_nearest"}, NAN).loaded("map", np.ones((2, 2), np.float64)).dtype == np.float32


def test_resizing_leaves_out_filled_pixels() -> None:
    maps = ValueMaps({"map": "value"}, NAN)
    filled = np.zeros((8, 8), bool)
    filled[:, :3] = True
    values = np.where(filled, np.nan, 7).astype(np.float32)
    for size in [(5, 5), (16, 16), (4, 4), (3, 21)]:
        resized = maps.resized("map", values, filled, size)
        assert np.array_equal(np.isnan(resized), resize_nearest(filled, size))
        assert np.allclose(resized[~np.isnan(resized)], 7, rtol=1e-6)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_the_nearest_size_is_that_of_masks(dtype: Any) -> None:
    pixels = np.arange(7 * 11).reshape(7, 11).astype(dtype)
    for height, width in [(3, 5), (14, 22), (5, 30)]:
        expected = cv2.resize(pixels, (width, height), interpolation=cv2.INTER_NEAREST_EXACT)
        assert np.array_equal(resize_nearest(pixels, (height, width)), expected)


@pytest.mark.filterwarnings("ignore:Restless changes the labels of masks")
def test_nondeterministic_transforms_are_found_with_maps_too() -> None:
    class Own(A.HorizontalFlip):
        """A transform of a user's own."""

    class Restless(Own):
        def apply(self, img: np.ndarray, **_: Any) -> np.ndarray:
            return np.roll(img, np.random.default_rng().integers(9), axis=1)

    sample = {"image": np.dstack([RAMP] * 3), "mask": np.zeros((HEIGHT, WIDTH), np.uint8), "map": RAMP}
    for transform, found in ((Own(p=1), []), (Restless(p=1), ["Restless"])):
        augmenter = Augmenter(transform, {"map": "value"}, 255, 8, value_fill=0)
        assert augmenter.find_nondeterministic(sample, make_generators(0)) == found


def test_pixels_filled_before_have_no_validity() -> None:
    """They stay filled, and their values are mixed into none."""
    filled = np.zeros((20, 20), bool)
    filled[:, :10] = True
    depth = np.where(filled, np.float32("nan"), np.float32(3))
    maps = ValueMaps({"depth": "value"}, float("nan"))
    sample = {"image": np.zeros((20, 20, 3), np.uint8), "depth": depth, "filled": filled}
    same = maps.unpack(maps.pack(sample), sample)
    np.testing.assert_array_equal(same["depth"], depth)
    np.testing.assert_array_equal(same["filled"], filled)
