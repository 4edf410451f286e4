"""Mirrored classes are swapped in mirrored samples, whatever else was done, and in no others."""

from __future__ import annotations

from functools import partial
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies import GEOMETRIC, compositions

import albumentations as A  # noqa: N812 isort: skip

from seqaug import ClassCrop, TransformError, image_data_generator_transform
from seqaug.augmentation.augmenter import Augmenter
from seqaug.augmentation.mask_safety import make_mask_safe
from seqaug.augmentation.mirrored import mirroring_transform
from seqaug.augmentation.nested import leaves
from seqaug.core.rng import sample_generators

LEFT, RIGHT = 1, 2
SWAPPED = np.arange(256, dtype=np.uint8)
SWAPPED[[LEFT, RIGHT]] = RIGHT, LEFT
LAW = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
REFLECT = {"border_mode": cv2.BORDER_REFLECT_101}
MIRRORING = frozenset({"HorizontalFlip", "VerticalFlip", "Transpose"})


def sample(height: int = 96, width: int = 112, channels: int = 3) -> dict[str, Any]:
    """Make noise, and a mask in which all classes touch one another."""
    rng = np.random.default_rng(0)
    mask = rng.integers(0, 4, (height // 8, width // 8), np.uint8).repeat(8, 0).repeat(8, 1)
    return {"image": rng.integers(0, 256, (height, width, channels), dtype=np.uint8), "mask": mask}


def both(transform: Any, number: int, given: dict[str, Any]) -> tuple[np.ndarray, np.ndarray]:
    """Give the mask as it is, and as it is with mirrored classes."""
    draws = partial(sample_generators, 0, 0, number)
    plain = Augmenter(transform, {}, 255, 4)(given, draws)["mask"]
    return plain, Augmenter(transform, {}, 255, 4, mirrored_ids=[(LEFT, RIGHT)])(given, draws)["mask"]


class Slanted(A.DualTransform):
    """A user's transform: a flip by OpenCV, of all that it is given."""

    def apply(self, img: np.ndarray, **params: Any) -> np.ndarray:
        return cv2.flip(img, 1)


class Inside(A.DualTransform):
    """A user's transform that hands a sample on to a composition of its own."""

    def __init__(self, inner: Any, p: float = 1.0) -> None:
        super().__init__(p=p)
        self.inner = inner

    def __call__(self, *args: Any, force_apply: bool = False, **data: Any) -> Any:
        return self.inner(**data)


FLIP = A.HorizontalFlip(p=1)
CASES: dict[str, tuple[Any, int]] = {
    "horizontal": (FLIP, -1),
    "vertical": (A.VerticalFlip(p=1), -1),
    "transpose": (A.Transpose(p=1), -1),
    "quarter turns": (A.RandomRotate90(p=1), 1),
    "two": (A.Compose([FLIP, A.VerticalFlip(p=1)]), 1),
    "three": (A.SomeOf([FLIP, A.VerticalFlip(p=1), A.Sequential([A.Transpose(p=1)], p=1)], n=3), -1),
    "negative scale": (A.Affine(scale={"x": (-1.2, -0.8), "y": (0.8, 1.2)}, p=1), -1),
    "negative scales": (A.Affine(scale=(-1.2, -0.8), keep_ratio=True, rotate=(-20, 20), p=1), 1),
    "turned": (A.Compose([FLIP, A.Rotate((-180, 180), p=1)]), -1),
    "small among reflections": (A.Compose([FLIP, A.Affine(scale=0.3, rotate=(-40, 40), p=1, **REFLECT)]), -1),
    "half of it reflections": (A.PadIfNeeded(192, 224, **REFLECT), 1),
    "padded, then mirrored": (A.Compose([A.CropAndPad(percent=(0.2, 0.6), p=1, **REFLECT), FLIP]), -1),
    "wrapped": (A.Compose([A.Affine(scale=0.4, rotate=(-40, 40), p=1, border_mode=cv2.BORDER_WRAP), FLIP]), -1),
    "elastic": (A.Compose([FLIP, A.ElasticTransform(alpha=300, sigma=7, p=1)]), -1),
    "folded": (A.Compose([A.ThinPlateSpline(scale_range=(0.4, 0.4), p=1), FLIP]), -1),
    "grid": (A.Compose([A.GridDistortion(distort_limit=0.6, p=1), FLIP]), -1),
    "shuffled": (A.Compose([A.RandomGridShuffle((5, 5), p=1), FLIP]), -1),
    "shuffled, then folded": (
        A.Compose([FLIP, A.RandomGridShuffle((3, 3), p=1), A.ThinPlateSpline(scale_range=(0.2, 0.4), p=1)]),
        -1,
    ),
    "perspective": (A.Compose([A.Perspective((0.1, 0.2), p=1), FLIP]), -1),
    "small crop": (A.Compose([A.RandomResizedCrop((40, 48), scale=(0.01, 0.03), p=1), FLIP]), -1),
    "class crop": (A.Compose([ClassCrop(20, 20), FLIP]), -1),
    "shrunk": (A.Compose([A.Resize(8, 8), FLIP]), -1),
    "dropped": (A.Compose([A.GridDropout(p=1, fill_mask=0), FLIP, A.PixelDropout(0.3, mask_drop_value=0, p=1)]), -1),
    "changed labels": (A.Compose([A.Morphological(p=1, scale=(3, 3)), FLIP]), -1),
    "user's": (A.Compose([A.OneOf([Slanted(p=1)], p=1), A.RandomGamma(p=1)]), -1),
    "held by a user's": (Inside(A.Compose([A.VerticalFlip(p=1)])), -1),
    "generator": (image_data_generator_transform(rotation_range=30, zoom_range=0.3), 1),
    "generator, reflecting": (
        A.Compose([image_data_generator_transform(rotation_range=40, zoom_range=(2, 3), fill_mode="reflect"), FLIP]),
        -1,
    ),
}


@pytest.mark.filterwarnings("ignore:.* changes the labels of masks")
@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("channels", [1, 3])
def test_classes_are_swapped_if_the_sample_is_mirrored(name: str, channels: int) -> None:
    transform, side = CASES[name]
    for number in range(6):
        plain, changed = both(transform, number, sample(channels=channels))
        assert np.array_equal(changed, plain if side > 0 else SWAPPED[plain])


# Splines fold images, and a crop may show only what a fold mirrors.
@LAW
@given(compositions(without=frozenset({"spline"})), st.integers(0, 2**32))
def test_an_odd_number_of_mirrors_swaps_and_an_even_one_does_not(transform: Any, seed: int) -> None:
    plain, changed = both(transform, seed, sample())
    watched = make_mask_safe(transform, {}, 255)
    watched.set_random_state(*sample_generators(0, 0, seed))
    mirrors = []

    def watch(leaf: Any) -> None:
        apply = leaf.apply_with_params

        def applied(params: Any, *args: Any, **data: Any) -> Any:
            is_mirror = type(leaf).__name__ in MIRRORING or params.get("group_element") in {"h", "v", "t", "hvt"}
            mirrors.append(is_mirror)
            return apply(params, *args, **data)

        leaf.apply_with_params = applied

    for leaf in leaves(watched):
        watch(leaf)
    watched(**sample())
    assert np.array_equal(changed, SWAPPED[plain] if sum(mirrors) % 2 else plain)


def test_nothing_of_the_sample_is_changed_but_the_two_classes() -> None:
    given = {**sample(), "other": sample()["mask"]}
    kept = {name: pixels.copy() for name, pixels in given.items()}
    draws = partial(sample_generators, 0, 0, 0)
    transform = A.Compose([FLIP, A.GaussNoise(p=1), A.Rotate(p=1)])
    plain = Augmenter(transform, {"other": "mask"}, 255, 4)(given, draws)
    result = Augmenter(transform, {"other": "mask"}, 255, 4, mirrored_ids=[(LEFT, RIGHT)])(given, draws)
    assert result.keys() == plain.keys()
    assert np.array_equal(result["image"], plain["image"])
    assert np.array_equal(result["other"], plain["other"])
    assert np.array_equal(result["mask"], SWAPPED[plain["mask"]])
    assert all(np.array_equal(given[name], kept[name]) for name in given)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_masks_keep_their_dtype(dtype: type) -> None:
    given = sample()
    given["mask"] = given["mask"].astype(dtype)
    plain, changed = both(FLIP, 0, given)
    assert changed.dtype == plain.dtype == dtype


def test_images_of_more_rows_than_there_are_numbers() -> None:
    tall = {"image": np.zeros((70_000, 4, 1), np.uint8), "mask": np.full((70_000, 4), LEFT, np.uint8)}
    assert (both(FLIP, 0, tall)[1] == RIGHT).all()
    assert (both(A.RandomRotate90(p=1), 0, tall)[1] == LEFT).all()


def test_of_reflections_alone_it_is_what_they_show() -> None:
    beside = A.Compose([A.Pad(padding=(0, 0, 112, 0), p=1, **REFLECT), A.Crop(120, 4, 210, 90)])
    plain, changed = both(beside, 0, sample())
    assert np.array_equal(changed, SWAPPED[plain])


class HalfMirrored(A.DualTransform):
    """A user's transform that makes samples symmetric."""

    def apply(self, img: np.ndarray, **params: Any) -> np.ndarray:
        half = img[:, : img.shape[1] // 2]
        return np.concatenate([half, half[:, ::-1]], axis=1)


class Relabelled(A.DualTransform):
    """A user's transform that merges classes."""

    def apply(self, img: np.ndarray, **params: Any) -> np.ndarray:
        return img

    def apply_to_mask(self, mask: np.ndarray, **params: Any) -> np.ndarray:
        return (mask > 2).astype(mask.dtype)


class LookedUp(Relabelled):
    """A user's transform that looks labels up."""

    def apply_to_mask(self, mask: np.ndarray, **params: Any) -> np.ndarray:
        return np.arange(256, dtype=np.uint8)[mask]


class OfItsOwn(A.DualTransform):
    """A user's transform that knows two names alone."""

    def __call__(self, *args: Any, force_apply: bool = False, **data: Any) -> Any:
        return {**data, "image": cv2.flip(data["image"], 1), "mask": cv2.flip(data["mask"], 1)}


def emptied(mask: np.ndarray, **params: Any) -> np.ndarray:
    return np.zeros_like(mask)


@pytest.mark.filterwarnings("ignore:.* changes the labels of masks")
@pytest.mark.parametrize(
    ("transform", "message"),
    [
        (HalfMirrored(p=0.1), "cannot track HalfMirrored, which changes the values of masks, mirrors a part of them"),
        (Relabelled(p=0.1), "cannot track Relabelled, which changes the values of masks"),
        (LookedUp(p=0.1), r"cannot track LookedUp, which fails on masks .* \(IndexError: "),
        (OfItsOwn(p=0.1), 'cannot track OfItsOwn, which treats other masks differently from "mask"'),
        (A.Lambda(mask=emptied, p=0.1), "cannot track Lambda"),
    ],
)
def test_what_cannot_be_tracked_is_an_error_at_once(transform: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Augmenter(A.Compose([A.OneOf([transform, FLIP])]), {}, 255, 4, mirrored_ids=[(LEFT, RIGHT)])
    Augmenter(A.Compose([A.OneOf([transform, FLIP])]), {}, 255, 4)


def test_what_cannot_be_told_is_an_error_where_it_matters() -> None:
    column = {name: pixels[:, :1] for name, pixels in sample().items()}
    with pytest.raises(TransformError, match="mirrored_classes cannot be told apart"):
        both(FLIP, 0, column)
    column["mask"][:] = 3
    assert (both(FLIP, 0, column)[1] == 3).all()


def test_those_that_look_at_the_mask_are_tracked() -> None:
    looking = A.Compose([A.MaskDropout(p=1), A.CropNonEmptyMaskIfExists(64, 64, p=1), FLIP])
    plain, changed = both(looking, 0, sample())
    assert np.array_equal(changed, SWAPPED[plain])


@pytest.mark.parametrize("name", GEOMETRIC)
def test_transforms_that_mirror_are_known_from_others(name: str) -> None:
    mirrors = mirroring_transform(make_mask_safe(A.Compose([A.OneOf([GEOMETRIC[name](), A.RandomGamma()])]), {}, 255))
    assert mirrors == {
        "flip": "HorizontalFlip",
        "flip_vertical": "VerticalFlip",
        "d4": "D4",
        "transpose": "Transpose",
    }.get(name)


@pytest.mark.filterwarnings("ignore:.* changes the labels of masks")
@pytest.mark.parametrize("name", CASES)
def test_so_are_those_of_the_cases(name: str) -> None:
    mirrors = mirroring_transform(make_mask_safe(CASES[name][0], {}, 255))
    assert (mirrors is None) == (name in {"quarter turns", "negative scales", "half of it reflections", "generator"})
