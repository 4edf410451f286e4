"""No label is invented: over all dual transforms, all of their arguments, and users' own, nested or not."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable
from functools import partial
from typing import Any

import albumentations as A  # noqa: N812
import cv2
import numpy as np
import pytest
from any_composition import CUSTOM, UNSUPPORTED, Shift, Wrapper, any_composition, names

from seqaug import SeqaugWarning, TransformError
from seqaug.augmentation.augmenter import Augmenter
from seqaug.augmentation.mask_probe import probe_masks
from seqaug.core.rng import sample_generators

LABELS = (3, 7, 200)
INSTANCES = (1000, 70_000, 250)
# As many as are wanted: SEQAUG_COMPOSITIONS=20000 pytest tests/augmentation/test_filled_pixels.py
COMPOSITIONS = int(os.environ.get("SEQAUG_COMPOSITIONS", "150"))
# A thousand times as slow as others, as Albumentations itself warns: one of a hundred compositions may have it.
SLOW = {"PiecewiseAffine"}
# It changes labels by design, which is warned of, and takes no int32.
CHANGING = {"Morphological"}


def make_generators(seed: int) -> Callable[[], Any]:
    return partial(sample_generators, seed, 0, 0)


def label_map(rng: np.random.Generator, labels: tuple[int, ...], dtype: Any) -> np.ndarray:
    return rng.choice(labels, (6, 8)).astype(dtype).repeat(8, 0).repeat(8, 1)


def test_all_dual_transforms_are_among_them() -> None:
    assert len(names()) == 43
    assert not UNSUPPORTED & set(names())


def is_made_without_inventing(number: int) -> bool:
    """Check composition `number`; whether a sample could be made with it at all."""
    rng = np.random.default_rng(number)
    dtype, ignored = [(np.uint8, 255), (np.uint16, 255), (np.uint16, 40_000), (np.uint8, 3)][number % 4]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        transform = any_composition(
            rng, [name for name in [*names(), *CUSTOM] if name not in SLOW or number % 100 == 99]
        )
        changes = any(name in repr(transform) for name in CHANGING)
        targets = {} if changes else {"instances": "mask", "depth": "value", "ids": "value_nearest"}
        augmenter = Augmenter(transform, targets, ignored, None, value_fill=None if changes else -1)
    mask = label_map(rng, LABELS, dtype)
    instances = label_map(rng, INSTANCES, np.int32)
    sample = {"image": rng.integers(0, 256, (48, 64, 3), np.uint8), "mask": mask}
    if not changes:
        sample |= {"instances": instances, "depth": np.full((48, 64), 8.25, np.float32), "ids": instances}
    try:
        result = augmenter(sample, make_generators(number))
    except TransformError:  # crops of more than there is, and the like
        return False
    case = f"composition {number}: {transform}"
    assert result["mask"].dtype == dtype, case
    assert {*np.unique(result["mask"])} <= {*np.unique(mask), ignored}, case
    if not changes:
        filled = result["filled"]
        assert {*np.unique(result["instances"])} <= {*np.unique(instances), ignored}, case
        assert (result["mask"][filled] == ignored).all(), case
        assert ignored in LABELS or (result["mask"][~filled] != ignored).all(), case
        assert (result["ids"][filled] == -1).all(), case
        assert {*np.unique(result["ids"][~filled])} <= {*np.unique(instances)}, case
        assert (result["depth"][filled] == -1).all(), case
        assert np.allclose(result["depth"][~filled], 8.25, rtol=1e-6), case
    return True


@pytest.mark.parametrize("part", range(10))
def test_no_composition_invents_a_label(part: int) -> None:
    made = [is_made_without_inventing(number) for number in range(part, COMPOSITIONS, 10)]
    assert sum(made) > 0.6 * len(made)


def test_a_rotation_that_is_cropped_invents_nothing() -> None:
    """At more than half of all angles, some pixels at the border are not from the picture."""
    mask = np.full((120, 128), 7, np.uint8)
    image = np.zeros((120, 128, 3), np.uint8)
    found = set()
    for angle in range(-90, 90):
        transform = A.Rotate((angle, angle), crop_border=True, p=1)
        found |= {
            *np.unique(Augmenter(transform, {}, 255, 8)({"image": image, "mask": mask}, make_generators(0))["mask"])
        }
    assert found == {7, 255}


@pytest.mark.parametrize("label", [0, 1, 7, 254, 255])
@pytest.mark.parametrize("nest", [lambda part: part, lambda part: A.Sequential([A.OneOf([part], p=1)], p=1)])
def test_a_transform_of_the_users_own_makes_up_what_it_wants(label: int, nest: Any) -> None:
    transform = nest(Shift(9, label, p=1))
    sample = {"image": np.full((20, 30, 3), 90, np.uint8), "mask": np.full((20, 30), 7, np.uint8)}
    augmenter = Augmenter(transform, {"parts": "mask"}, 255, 8)
    results = [augmenter(sample | {"parts": sample["mask"]}, make_generators(seed)) for seed in range(20)]
    for result in results:
        assert np.array_equal(result["mask"] == 255, (result["image"] != 90).any(axis=-1))
        assert np.array_equal(result["parts"], result["mask"])
        assert {*np.unique(result["mask"])} <= {7, 255}
    assert any((result["mask"] == 255).any() for result in results)


def test_rare_ones_of_the_users_own_are_found_when_they_come() -> None:
    class Rare(Shift):
        def get_params_dependent_on_data(self, params: Any, data: Any) -> dict[str, Any]:
            return {"by": 3 if params["shape"][:2] == (50, 70) else 0}

    sample = {"image": np.zeros((50, 70, 3), np.uint8), "mask": np.full((50, 70), 7, np.uint8)}
    assert not probe_masks(Rare(9, 0)).filled
    result = Augmenter(Rare(9, 0, p=1), {}, 255, 8)(sample, make_generators(0))["mask"]
    assert np.unique(result[:, :3]) == 255
    assert np.unique(result[:, 3:]) == 7


def test_a_transform_that_another_one_holds() -> None:
    transform = A.OneOf([Wrapper(A.Rotate((30, 30), p=1), p=1)], p=1)
    sample = {"image": np.full((40, 40, 3), 90, np.uint8), "mask": np.full((40, 40), 7, np.uint8)}
    result = Augmenter(transform, {"depth": "value"}, 255, 8, value_fill=0)(
        sample | {"depth": np.full((40, 40), 5.5, np.float32)}, make_generators(0)
    )
    assert set(np.unique(result["mask"])) == {7, 255}
    assert np.array_equal(result["depth"], np.where(result["mask"] == 255, np.float32(0), np.float32(5.5)))


@pytest.mark.parametrize("transform", [A.Morphological(p=1), A.OneOf([A.HorizontalFlip(), A.Morphological()])])
@pytest.mark.parametrize("ignore_index", [None, 255])
def test_transforms_that_change_labels_cause_a_warning(transform: Any, ignore_index: int | None) -> None:
    with pytest.warns(SeqaugWarning, match=r"^Morphological changes the labels of masks.*A\.Lambda\(image=") as caught:
        Augmenter(transform, {}, ignore_index, 8)
    assert len(caught) == 1


def test_a_users_photometric_transform_that_forgets_masks() -> None:
    class Brighter(A.DualTransform):
        _targets = A.HorizontalFlip._targets

        def apply(self, img: np.ndarray, **_: Any) -> np.ndarray:
            return cv2.add(img, 3)

    class Blurred(A.HorizontalFlip):
        def apply(self, img: np.ndarray, **_: Any) -> np.ndarray:
            return cv2.blur(img, (3, 3))

    class BrighterImages(Brighter):
        def apply_to_mask(self, mask: np.ndarray, **_: Any) -> np.ndarray:
            return mask

    for transform in (Brighter(), Blurred()):
        with pytest.warns(SeqaugWarning, match=r"(Brighter|Blurred) changes the labels of masks"):
            Augmenter(transform, {}, 255, 8)
    Augmenter(BrighterImages(), {}, 255, 8)


def merged(mask: np.ndarray) -> np.ndarray:
    return (mask > 2).astype(mask.dtype)


def only_seven(mask: np.ndarray) -> np.ndarray:
    return np.where(mask == 7, mask, 0).astype(mask.dtype)


@pytest.mark.parametrize("function", [merged, only_seven])
def test_a_users_transform_that_merges_classes_causes_a_warning_and_works(function: Any) -> None:
    class Merging(A.DualTransform):
        _targets = A.HorizontalFlip._targets

        def apply(self, img: np.ndarray, **_: Any) -> np.ndarray:
            return img

        def apply_to_mask(self, mask: np.ndarray, **_: Any) -> np.ndarray:
            return function(mask)

    with pytest.warns(SeqaugWarning, match=r"Merging changes the labels of masks"):
        augmenter = Augmenter(Merging(p=1), {}, 255, 8)
    mask = np.arange(8, dtype=np.uint8).reshape(2, 4)
    result = augmenter({"image": np.zeros((2, 4, 3), np.uint8), "mask": mask}, make_generators(0))["mask"]
    assert np.array_equal(result, function(mask))


def test_a_users_table_of_few_labels_is_left_alone() -> None:
    class LookedUp(A.DualTransform):
        _targets = A.HorizontalFlip._targets

        def apply(self, img: np.ndarray, **_: Any) -> np.ndarray:
            return img

        def apply_to_mask(self, mask: np.ndarray, **_: Any) -> np.ndarray:
            return np.array([0, 0, 1, 1], np.uint8)[mask]

    mask = np.arange(4, dtype=np.uint8).reshape(2, 2)
    sample = {"image": np.zeros((2, 2, 3), np.uint8), "mask": mask}
    assert Augmenter(LookedUp(p=1), {}, 255, 4)(sample, make_generators(0))["mask"].tolist() == [[0, 0], [1, 1]]


def test_downscaling_by_areas_is_of_images_alone() -> None:
    transform = A.Resize(9, 9, area_for_downscale="image_mask")
    with pytest.warns(SeqaugWarning, match=r"Resize\(area_for_downscale=\"image_mask\"\) would average class ids"):
        augmenter = Augmenter(transform, {}, 255, 201)
    sample = {"image": np.zeros((48, 64, 3), np.uint8), "mask": label_map(np.random.default_rng(0), LABELS, np.uint8)}
    assert {*np.unique(augmenter(sample, make_generators(0))["mask"])} <= {*LABELS}


def test_the_global_random_state_and_the_transform_are_left_alone() -> None:
    class Global(A.HorizontalFlip):
        def get_params(self) -> dict[str, Any]:
            np.random.random()  # noqa: NPY002
            self.count = getattr(self, "count", 0) + 1
            return {}

    transform = Global()
    before = np.random.get_state()[1].tolist()  # noqa: NPY002
    assert probe_masks(transform).was_tried
    assert before == np.random.get_state()[1].tolist()  # noqa: NPY002
    assert not hasattr(transform, "count")


def test_what_cannot_be_tried_is_no_error() -> None:
    trial = probe_masks(A.RandomCropNearBBox())
    assert not trial.was_tried
    assert not trial.filled


def test_a_large_crop_is_tried_on_large_masks() -> None:
    assert probe_masks(A.RandomCrop(1000, 1024)).was_tried
