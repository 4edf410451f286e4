"""The laws of augmentation, over random compositions, and errors of transforms that break them."""

import random
import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import albumentations as A  # noqa: N812
import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies import GEOMETRIC, NEAREST, PHOTOMETRIC, compositions, geometric_compositions, photometric_compositions

from seqaug import TransformError
from seqaug.augmentation.augmenter import Augmenter
from seqaug.core.rng import sample_generators

LABELS = (3, 7, 200)
# Each example makes and copies compositions, which takes time.
LAW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])

seeds = st.integers(0, 2**32)


def label_map(seed: int, dtype: type = np.uint8, height: int = 48, width: int = 64) -> np.ndarray:
    coarse = np.random.default_rng(seed).choice(LABELS, (height // 8, width // 8)).astype(dtype)
    return coarse.repeat(8, 0).repeat(8, 1)


def make_generators(seed: int) -> Callable[[], Any]:
    return partial(sample_generators, seed, 0, 0)


@LAW
@given(compositions(), seeds, st.sampled_from([np.uint8, np.uint16]))
def test_labels_after_are_labels_before_or_the_ignore_index(transform: Any, seed: int, dtype: type) -> None:
    mask = label_map(seed, dtype)
    image = np.random.default_rng(seed).integers(0, 256, (48, 64, 3), dtype=np.uint8)
    result = Augmenter(transform, {}, 255, 201)({"image": image, "mask": mask}, make_generators(seed))
    assert result["mask"].dtype == dtype
    assert result["mask"].shape == result["image"].shape[:2]
    assert set(np.unique(result["mask"])) <= {*np.unique(mask), 255}


@LAW
@given(geometric_compositions(), seeds)
def test_image_and_mask_move_together(transform: Any, seed: int) -> None:
    mask = label_map(seed)
    result = Augmenter(transform, {"again": "image"}, 255, 201)(
        {"image": mask[..., np.newaxis], "mask": mask, "again": mask}, make_generators(seed)
    )
    kept = result["mask"] != 255
    assert np.array_equal(result["image"][..., 0][kept], result["mask"][kept])
    assert np.array_equal(result["again"], result["image"])
    # Filled pixels are black in the image, and that no label is black shows that nothing else was marked.
    assert not result["image"][..., 0][~kept].any()


@LAW
@given(photometric_compositions(), seeds)
def test_photometric_transforms_never_touch_masks(transform: Any, seed: int) -> None:
    mask = label_map(seed)
    image = np.random.default_rng(seed).integers(0, 256, (48, 64, 3), dtype=np.uint8)
    result = Augmenter(transform, {"instances": "mask"}, 255, 201)(
        {"image": image, "mask": mask, "instances": mask.astype(np.int32)}, make_generators(seed)
    )
    assert np.array_equal(result["mask"], mask)
    assert np.array_equal(result["instances"], mask)


@LAW
@given(compositions(), seeds, seeds)
def test_the_result_depends_on_the_generators_alone(transform: Any, seed: int, other: int) -> None:
    mask = label_map(seed)
    image = np.random.default_rng(seed).integers(0, 256, (48, 64, 3), dtype=np.uint8)
    sample = {"image": image, "mask": mask}
    augmenter = Augmenter(transform, {}, 255, 201)
    global_states = (random.getstate(), np.random.get_state()[1].tolist())  # noqa: NPY002
    first = augmenter(sample, make_generators(seed))
    augmenter(sample, make_generators(other))
    again, fresh = (
        augmenter(sample, make_generators(seed)),
        Augmenter(transform, {}, 255, 201)(sample, make_generators(seed)),
    )
    for name in sample:
        assert first[name].tobytes() == again[name].tobytes() == fresh[name].tobytes()
    assert global_states == (random.getstate(), np.random.get_state()[1].tolist())  # noqa: NPY002


@pytest.mark.parametrize("name", sorted(GEOMETRIC | PHOTOMETRIC))
def test_every_transform_of_the_strategies_does_something(name: str) -> None:
    """Were one of them idle, the laws above would hold for nothing."""
    image = np.random.default_rng(0).integers(0, 256, (48, 64, 3), dtype=np.uint8)
    augmenter = Augmenter((GEOMETRIC | PHOTOMETRIC)[name](), {}, 255, 201)
    results = [augmenter({"image": image, "mask": label_map(0)}, make_generators(seed))["image"] for seed in range(20)]
    assert any(result.shape != image.shape or not np.array_equal(result, image) for result in results)


@pytest.mark.parametrize(
    "name", ["rotate", "affine", "elastic", "grid_elastic", "optical", "pad", "crop_padded", "safe_rotate"]
)
def test_filled_pixels_get_the_ignore_index(name: str) -> None:
    mask = np.full((48, 64), 7, np.uint8)
    image = np.full((48, 64, 3), 90, np.uint8)
    augmenter = Augmenter(GEOMETRIC[name](), {}, 255, 8)
    results = [augmenter({"image": image, "mask": mask}, make_generators(seed)) for seed in range(20)]
    assert any((result["mask"] == 255).any() for result in results)
    for result in results:
        assert np.array_equal(result["mask"] == 255, result["image"][..., 0] == 0)
        assert set(np.unique(result["mask"])) <= {7, 255}


def test_many_threads_get_what_one_gets() -> None:
    transform = A.Compose([A.Rotate(limit=60), A.RandomBrightnessContrast(), A.ElasticTransform(alpha=60, sigma=6)])
    augmenter = Augmenter(transform, {}, 255, 201)
    sample = {"image": np.dstack([label_map(0)] * 3), "mask": label_map(0)}
    expected = [augmenter(sample, make_generators(seed)) for seed in range(40)]
    results: dict[int, dict[str, np.ndarray]] = {}
    barrier = threading.Barrier(4)

    def work(first: int) -> None:
        barrier.wait()
        for seed in range(first, 40, 4):
            results[seed] = augmenter(sample, make_generators(seed))

    threads = [threading.Thread(target=work, args=(first,)) for first in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for seed, result in enumerate(expected):
        assert all(np.array_equal(result[name], results[seed][name]) for name in sample)


def test_a_grey_image_keeps_its_channel() -> None:
    sample = {"image": label_map(0)[..., np.newaxis], "mask": label_map(0)}
    result = Augmenter(A.Resize(20, 30, **NEAREST), {}, None, None)(sample, make_generators(0))
    assert result["image"].shape == (20, 30, 1)


def half(mask: np.ndarray, **_: Any) -> np.ndarray:
    return mask[::2]


def as_float(mask: np.ndarray, **_: Any) -> np.ndarray:
    return mask / 2


def all_nine(mask: np.ndarray, **_: Any) -> np.ndarray:
    return np.full_like(mask, 9)


class DropMask(A.HorizontalFlip):
    """A transform that forgets the mask."""

    def apply_with_params(self, params: dict[str, Any], *args: Any, **kwargs: Any) -> dict[str, Any]:
        return {"image": kwargs["image"]}


class Fail(A.HorizontalFlip):
    """A transform that raises."""

    def apply(self, *args: Any, **kwargs: Any) -> np.ndarray:
        raise RuntimeError("out of paint")


class FailToDraw(A.HorizontalFlip):
    """A transform that raises before it does anything."""

    def get_params_dependent_on_data(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        raise RuntimeError("no luck")


@pytest.mark.parametrize(
    ("culprit", "message"),
    [
        (A.Lambda(mask=half, p=1), r"^Lambda made 'mask' 24x64 pixels and the image 48x64; expected the same size"),
        (A.Lambda(mask=as_float, p=1), r"^Lambda made the mask float64 .*expected integer class ids"),
        (A.Lambda(mask=all_nine, p=1), r"^Lambda put the label 9 into the mask; .*num_classes=8 or ignore_index=255"),
        (DropMask(p=1), r"^DropMask was given 'mask' and dropped it"),
        (Fail(p=1), r"^Fail failed: out of paint"),
        (FailToDraw(p=1), r"^FailToDraw failed: no luck"),
        (A.RandomCrop(90, 90), r"^RandomCrop failed: .*[Cc]rop"),
    ],
    ids=["size", "float", "label", "drop", "fail", "fail_to_draw", "crop"],
)
@pytest.mark.parametrize("nested", [False, True])
def test_a_transform_that_breaks_a_law_is_named(culprit: Any, message: str, nested: bool) -> None:
    image, mask = np.zeros((48, 64, 3), np.uint8), np.full((48, 64), 7, np.uint8)
    inner = A.Sequential([A.VerticalFlip(), culprit], p=1) if nested else culprit
    transform = A.Compose([A.HorizontalFlip(), A.RandomBrightnessContrast(), inner, A.D4()])
    augmenter = Augmenter(transform, {}, 255, 8)
    with pytest.raises(TransformError, match=message):
        augmenter({"image": image, "mask": mask}, make_generators(0))


def test_a_tensor_is_refused() -> None:
    class Tensor(A.HorizontalFlip):
        def apply_with_params(self, params: dict[str, Any], *args: Any, **kwargs: Any) -> dict[str, Any]:
            return {**kwargs, "image": memoryview(b"")}

    image, mask = np.zeros((48, 64, 3), np.uint8), np.full((48, 64), 7, np.uint8)
    with pytest.raises(TransformError, match=r"^Tensor was given 'image' and made it a memoryview; .*ToTensorV2"):
        Augmenter(Tensor(p=1), {}, 255, 8)({"image": image, "mask": mask}, make_generators(0))


def test_interpolation_of_images_is_left_alone() -> None:
    image = np.random.default_rng(0).integers(0, 256, (48, 64, 3), dtype=np.uint8)
    result = Augmenter(A.Resize(24, 32, interpolation=cv2.INTER_AREA), {}, None, None)(
        {"image": image, "mask": label_map(0)}, make_generators(0)
    )
    assert np.array_equal(result["image"], cv2.resize(image, (32, 24), interpolation=cv2.INTER_AREA))


@pytest.mark.parametrize("name", sorted(GEOMETRIC | PHOTOMETRIC))
def test_read_only_arrays_give_the_same_and_nothing_is_written_to(name: str) -> None:
    image = np.random.default_rng(0).integers(0, 256, (48, 64, 3), dtype=np.uint8)
    sample = {"image": image.copy(), "mask": label_map(0)}
    locked = {name: pixels.copy() for name, pixels in sample.items()}
    for pixels in locked.values():
        pixels.flags.writeable = False
    augmenter = Augmenter((GEOMETRIC | PHOTOMETRIC)[name](), {}, 255, 201)
    for seed in range(5):
        results = [augmenter(arrays, make_generators(seed)) for arrays in (sample, locked)]
        assert all(results[0][name].tobytes() == results[1][name].tobytes() for name in sample)
        assert np.array_equal(sample["image"], image)
        assert np.array_equal(sample["mask"], label_map(0))


def brighten_in_place(image: np.ndarray, **_: Any) -> np.ndarray:
    image += 10
    return image


def draw_in_place(image: np.ndarray, **_: Any) -> np.ndarray:
    return cv2.rectangle(image, (2, 2), (20, 20), (9, 9, 9), -1)


def relabel_in_place(mask: np.ndarray, **_: Any) -> np.ndarray:
    mask[mask == 3] = 7
    return mask


@pytest.mark.parametrize("function", [brighten_in_place, draw_in_place])
@pytest.mark.parametrize("locked", [(), ("image",), ("mask",), ("image", "mask")])
def test_a_transform_may_write_into_what_it_is_given(function: Any, locked: tuple[str, ...]) -> None:
    """Whichever array is read-only, and whatever was written before that was noticed."""
    image = np.random.default_rng(0).integers(0, 200, (48, 64, 3), dtype=np.uint8)
    transform = A.Compose([A.Lambda(image=function, mask=relabel_in_place, p=1), A.HorizontalFlip(), A.GaussNoise()])
    expected = []
    for seed in range(4):
        transform.set_random_state(*make_generators(seed)())
        expected.append(transform(image=image.copy(), mask=label_map(0)))
    sample = {"image": image.copy(), "mask": label_map(0)}
    for name in locked:
        sample[name].flags.writeable = False
    augmenter = Augmenter(transform, {}, 255, 201)
    for seed in range(4):
        result = augmenter(sample, make_generators(seed))
        assert all(np.array_equal(result[name], expected[seed][name]) for name in sample)
        assert np.array_equal(sample["image"], image)
        assert np.array_equal(sample["mask"], label_map(0))


def test_that_a_transform_writes_is_found_out_once() -> None:
    calls = []

    def count_and_write(mask: np.ndarray, **_: Any) -> np.ndarray:
        calls.append(mask.flags.writeable)
        mask[:] = 3
        return mask

    augmenter = Augmenter(A.Lambda(mask=count_and_write, p=1), {}, 255, 201)
    sample = {"image": np.zeros((48, 64, 3), np.uint8), "mask": label_map(0)}
    for seed in range(3):
        augmenter(sample, make_generators(seed))
    assert calls == [False, True, True, True]


def test_threads_may_write_into_what_they_share() -> None:
    image = np.zeros((48, 64, 3), np.uint8)
    sample = {"image": image, "mask": label_map(0)}
    transform = A.Compose([A.Lambda(image=brighten_in_place, p=1), A.HorizontalFlip()])
    augmenter = Augmenter(transform, {}, 255, 201)
    results: dict[int, dict[str, np.ndarray]] = {}
    barrier = threading.Barrier(4)

    def work(first: int) -> None:
        barrier.wait()
        for seed in range(first, 40, 4):
            results[seed] = augmenter(sample, make_generators(seed))

    threads = [threading.Thread(target=work, args=(first,)) for first in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 40
    assert all((result["image"] == 10).all() for result in results.values())
    assert not image.any()


def test_a_transform_that_writes_and_then_fails_is_named_with_its_own_error() -> None:
    def write_and_fail(mask: np.ndarray, **_: Any) -> np.ndarray:
        mask[:] = 3
        raise RuntimeError("out of paint")

    mask = label_map(0)
    transform = A.Compose([A.HorizontalFlip(p=0), A.Sequential([A.Lambda(mask=write_and_fail, p=1)], p=1)])
    with pytest.raises(TransformError, match=r"^Lambda failed: out of paint"):
        Augmenter(transform, {}, 255, 201)({"image": np.zeros((48, 64, 3), np.uint8), "mask": mask}, make_generators(0))
    assert np.array_equal(mask, label_map(0))


def test_a_transform_that_writes_a_wrong_label_is_named() -> None:
    def write_nine(mask: np.ndarray, **_: Any) -> np.ndarray:
        mask[:] = 9
        return mask

    sample = {"image": np.zeros((48, 64, 3), np.uint8), "mask": np.zeros((48, 64), np.uint8)}
    with pytest.raises(TransformError, match=r"^Lambda put the label 9 into the mask"):
        Augmenter(A.Compose([A.Lambda(mask=write_nine, p=1), A.HorizontalFlip()]), {}, 255, 8)(
            sample, make_generators(0)
        )
    assert not sample["mask"].any()


def test_a_sample_without_a_mask_is_drawn_as_one_with_a_mask() -> None:
    transform = A.Compose([A.RandomCrop(20, 24), A.Rotate(40, p=1), A.RandomBrightnessContrast(p=1)])
    image = np.random.default_rng(0).integers(0, 256, (48, 64, 3), dtype=np.uint8)
    alone = Augmenter(transform, {}, None, None, has_mask=False)({"image": image}, make_generators(3))
    beside = Augmenter(transform, {}, 255, 8)(
        {"image": image, "mask": np.zeros((48, 64), np.uint8)}, make_generators(3)
    )
    assert list(alone) == ["image"]
    assert np.array_equal(alone["image"], beside["image"])
