"""Transforms made safe for masks, and the warnings."""

import copy
import pickle
import threading
import warnings
from typing import Any

import albumentations as A  # noqa: N812
import cv2
import numpy as np
import pytest

from seqaug import ClassCrop
from seqaug.augmentation.mask_safety import make_mask_safe
from seqaug.augmentation.nested import leaves


def test_the_users_transform_is_not_changed() -> None:
    transform = A.Compose([A.Rotate(p=1, fill_mask=0), A.OneOf([A.Affine(), A.GridElasticDeform((4, 4), 5)])])
    transform.set_random_seed(3)
    before = transform.to_dict()
    state = transform.random_generator.bit_generator.state
    mask_safe = make_mask_safe(transform, {"depth": "image"}, 255)
    mask_safe.set_random_seed(5)
    mask_safe(image=np.zeros((9, 9, 3), np.uint8), mask=np.zeros((9, 9), np.uint8), depth=np.zeros((9, 9), np.uint8))
    assert transform.to_dict() == before
    assert transform.random_generator.bit_generator.state == state
    assert "depth" not in transform.additional_targets


@pytest.mark.parametrize("transform", [A.HorizontalFlip(p=1), A.OneOf([A.HorizontalFlip(p=1)], p=1)])
def test_a_single_transform_is_as_good_as_a_composition(transform: Any) -> None:
    image = np.arange(12, dtype=np.uint8).reshape(2, 2, 3)
    assert np.array_equal(make_mask_safe(transform, {}, None)(image=image)["image"], image[:, ::-1])


def test_a_mask_that_would_be_averaged_is_not() -> None:
    transform = A.Compose([A.Resize(9, 9, mask_interpolation=cv2.INTER_LINEAR)])
    with pytest.warns(UserWarning, match=r"Resize\(mask_interpolation=1\) would average class ids") as caught:
        mask_safe = make_mask_safe(transform, {}, None)
    assert len(caught) == 1
    mask = np.random.default_rng(0).choice([0, 200], (50, 50)).astype(np.uint8)
    assert set(np.unique(mask_safe(image=mask, mask=mask)["mask"])) == {0, 200}


def test_the_exact_nearest_neighbour_is_kept() -> None:
    mask_safe = make_mask_safe(A.Resize(9, 9, mask_interpolation=cv2.INTER_NEAREST_EXACT), {}, None)
    assert mask_safe.transforms[0].mask_interpolation == cv2.INTER_NEAREST_EXACT


@pytest.mark.parametrize(
    "transform",
    [
        A.Rotate(),
        A.PadIfNeeded(20, 20),
        A.CropAndPad(px=3),
        A.CropAndPad(percent=(-0.1, 0.1)),
        A.RandomCrop(9, 9, pad_if_needed=True),
        ClassCrop(9, 9, pad_if_needed=True),
        A.GridElasticDeform((4, 4), 5),
        A.MaskDropout(),
        A.Rotate(crop_border=True),
    ],
    ids=lambda transform: type(transform).__name__,
)
def test_transforms_that_fill_pixels_cause_one_warning(transform: Any) -> None:
    name = type(transform).__name__
    with pytest.warns(
        UserWarning, match=rf"^{name} can fill pixels of a mask .* labels them 0.*ignore_index"
    ) as caught:
        make_mask_safe(A.Compose([A.HorizontalFlip(), transform]), {}, None)
    assert len(caught) == 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        make_mask_safe(A.Compose([A.HorizontalFlip(), transform]), {}, 255)


@pytest.mark.parametrize(
    "transform",
    [
        A.Rotate(border_mode=cv2.BORDER_REFLECT_101),
        A.Rotate(fill_mask=11),
        A.Rotate(fill_mask=(0,)),
        A.CoarseDropout(fill_mask=0),
        A.PixelDropout(mask_drop_value=0),
        A.RandomCrop(9, 9),
        ClassCrop(9, 9),
        ClassCrop(9, 9, pad_if_needed=True, border_mode=cv2.BORDER_REFLECT_101),
        ClassCrop(9, 9, pad_if_needed=True, ignore_index=11),
        A.CoarseDropout(),
        A.CropAndPad(px=(-9, -1)),
        A.CropAndPad(px=-3),
        A.CropAndPad(percent=((-0.2, -0.1), -0.1, -0.1, 0.0)),
        A.HorizontalFlip(),
        A.RandomBrightnessContrast(),
        A.PixelDropout(),
    ],
    ids=lambda transform: type(transform).__name__,
)
def test_who_makes_up_none_is_not_warned(transform: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        make_mask_safe(transform, {}, None)


def test_dropouts_that_leave_labels_alone_still_do() -> None:
    mask_safe = make_mask_safe(A.CoarseDropout(p=1), {}, 255)
    mask = np.full((50, 50), 7, np.uint8)
    image = np.full((50, 50, 3), 90, np.uint8)
    result = mask_safe(image=image, mask=mask)
    assert not np.array_equal(result["image"], image)
    assert np.array_equal(result["mask"], mask)


@pytest.mark.parametrize("copier", [copy.deepcopy, lambda value: pickle.loads(pickle.dumps(value))])
def test_what_is_prepared_can_be_copied_and_sent(copier: Any) -> None:
    mask_safe = make_mask_safe(A.GridElasticDeform((4, 4), 9, p=1), {}, 255)
    mask = np.full((50, 50), 7, np.uint8)
    results = []
    for composition in (mask_safe, copier(mask_safe)):
        composition.set_random_seed(3)
        results.append(composition(image=np.dstack([mask] * 3), mask=mask)["mask"])
    assert np.array_equal(*results)
    assert (results[0] == 255).any()


def test_leaves_are_found_at_any_depth() -> None:
    nested = A.Compose([A.HorizontalFlip(), A.OneOf([A.Sequential([A.Rotate(), A.D4()]), A.Affine()])])
    assert [type(leaf).__name__ for leaf in leaves(nested)] == ["HorizontalFlip", "Rotate", "D4", "Affine"]


@pytest.mark.parametrize("wrong", [lambda image: image, "flip", [A.HorizontalFlip()]])
def test_what_is_no_transform_is_refused(wrong: Any) -> None:
    with pytest.raises(TypeError, match=r"transform=.*expected an Albumentations transform or composition"):
        make_mask_safe(wrong, {}, None)


def test_what_cannot_be_copied_is_refused() -> None:
    transform = A.HorizontalFlip()
    transform.lock = threading.Lock()
    with pytest.raises(TypeError, match=r"the transform HorizontalFlip cannot be copied"):
        make_mask_safe(transform, {}, None)


def test_a_target_with_two_meanings_is_refused() -> None:
    with pytest.raises(ValueError, match=r"depth"):
        make_mask_safe(A.Compose([A.HorizontalFlip()], additional_targets={"depth": "image"}), {"depth": "mask"}, None)


def test_a_class_crop_learns_what_is_ignored() -> None:
    crops = [ClassCrop(9, 9), ClassCrop(9, 9, ignore_index=255), ClassCrop(9, 9, pad_if_needed=True)]
    mask_safe = make_mask_safe(A.Compose([A.OneOf(crops)]), {}, 255)
    assert [leaf.ignore_index for leaf in leaves(mask_safe)] == [255] * 3
    assert [leaf.ignore_index for leaf in crops] == [None, 255, None]
    mask = np.full((5, 5), 3, np.uint8)
    padded = make_mask_safe(crops[2], {}, 255)(image=mask, mask=mask)["mask"]
    assert np.count_nonzero(padded == 255) == 81 - 25


def test_a_class_crop_that_ignores_another_label_is_refused() -> None:
    with pytest.raises(ValueError, match=r"ClassCrop\(ignore_index=11\) and the sequence's ignore_index=255; leave"):
        make_mask_safe(ClassCrop(9, 9, ignore_index=11), {}, 255)


def test_transforms_that_need_a_mask_where_there_is_none() -> None:
    transform = A.Compose([A.OneOf([A.HorizontalFlip(), A.MaskDropout()])])
    make_mask_safe(transform, {}, 255)
    with pytest.raises(ValueError, match=r"MaskDropout needs a mask, and the samples have none; expected"):
        make_mask_safe(transform, {}, 255, has_mask=False)
    # One that can do without crops anywhere.
    assert make_mask_safe(ClassCrop(9, 9), {}, None, has_mask=False)(image=np.zeros((20, 20, 3), np.uint8))[
        "image"
    ].shape[:2] == (9, 9)


def test_without_masks_nothing_is_filled_in_them() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        make_mask_safe(A.Rotate(30), {}, None, has_mask=False)
        make_mask_safe(A.Resize(9, 9, mask_interpolation=cv2.INTER_LINEAR), {}, None, has_mask=False)
    with pytest.warns(UserWarning, match=r"Rotate can fill pixels of a mask"):
        make_mask_safe(A.Rotate(30), {"parts": "mask"}, None, has_mask=False)
