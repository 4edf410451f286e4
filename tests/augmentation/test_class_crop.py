"""The crop lies where it should, as often as it should, in Albumentations' machinery and in a sequence's."""

import json
import math
import pickle
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import albumentations as A  # noqa: N812
import cloudpickle
import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqaug import ClassCrop, Palette, TransformError
from seqaug.augmentation.albumentations import CropSizeError
from seqaug.augmentation.augmenter import Augmenter
from seqaug.core.rng import sample_generators

HEIGHT, WIDTH = 60, 80
# The value that chi-squared exceeds once in a thousand times, by degrees of freedom.
UNLIKELY = {1: 10.83, 2: 13.82, 3: 16.27, 15: 37.70}


def coordinates(height: int = HEIGHT, width: int = WIDTH) -> np.ndarray:
    """An image whose pixels say where they are, counted from 1: (y, x)."""
    return np.stack(np.indices((height, width)), axis=-1).astype(np.uint16) + 1


def seeded(*transforms: Any, seed: int = 0, **options: Any) -> A.Compose:
    composition = A.Compose(list(transforms), **options)
    composition.set_random_state(np.random.default_rng(seed), random.Random(seed))
    return composition


def corner(result: dict[str, Any]) -> tuple[int, int]:
    y, x = result["image"][0, 0]
    return int(y) - 1, int(x) - 1


def chi_squared(counts: Any, expected: Any) -> float:
    counts, expected = np.asarray(counts, float), np.asarray(expected, float)
    return float(((counts - expected) ** 2 / expected).sum())


def make_generators(seed: int) -> Callable[[], Any]:
    return partial(sample_generators, seed, 0, 0)


@settings(max_examples=200, deadline=None)
@given(
    st.tuples(st.integers(1, 20), st.integers(1, 20)),
    st.tuples(st.integers(0, 15), st.integers(0, 15)),
    st.tuples(st.floats(0, 1, exclude_max=True), st.floats(0, 1, exclude_max=True)),
    st.floats(0, 0.5),
    st.integers(0, 99),
)
def test_the_pixel_is_in_the_crop_and_the_crop_in_the_image(
    size: tuple[int, int], more: tuple[int, int], where: tuple[float, float], jitter: float, seed: int
) -> None:
    height, width = size[0] + more[0], size[1] + more[1]
    image, mask = coordinates(height, width), np.arange(height * width, dtype=np.int32).reshape(height, width)
    target = int(mask[int(where[0] * height), int(where[1] * width)])
    result = seeded(ClassCrop(*size, jitter=jitter), seed=seed)(image=image, mask=mask, class_id=target)
    y, x = corner(result)
    assert np.array_equal(result["image"], image[y : y + size[0], x : x + size[1]])
    assert np.array_equal(result["mask"], mask[y : y + size[0], x : x + size[1]])
    assert result["mask"].shape == size
    assert target in result["mask"]


@pytest.mark.parametrize(("jitter", "low", "high"), [(0.0, 8, 8), (0.25, 4, 11), (0.5, 0, 15)])
def test_the_jitter_is_a_share_of_the_crop(jitter: float, low: int, high: int) -> None:
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    mask[30, 40] = 3
    composition = seeded(ClassCrop(16, 16, jitter=jitter))
    at = [np.argwhere(composition(image=coordinates(), mask=mask, class_id=3)["mask"] == 3)[0] for _ in range(1600)]
    for direction in np.transpose(at):
        counts = Counter(direction.tolist())
        assert (min(counts), max(counts)) == (low, high)
        each = 1600 / (high - low + 1)
        assert chi_squared(list(counts.values()), [each] * len(counts)) < UNLIKELY[15]
    # Both directions by themselves.
    assert jitter == 0 or abs(np.corrcoef(np.transpose(at))[0, 1]) < 0.1


@pytest.mark.parametrize(
    ("options", "data"),
    [
        ({"p": 0.0}, {"mask": np.eye(6, dtype=np.uint8)}),
        ({}, {}),
        ({}, {"mask": np.eye(6, dtype=np.uint8), "class_id": 7}),
        ({"ignore_index": 255}, {"mask": np.full((6, 6), 255, np.uint8)}),
        ({"ignore_index": 0}, {"mask": np.pad([[1]], ((0, 5), (0, 5))).astype(np.uint8), "class_id": 0}),
        ({"class_weights": [0, 0, 1]}, {"mask": np.eye(6, dtype=np.uint8)}),
    ],
    ids=["p=0", "no mask", "class not there", "all ignored", "drawn for the ignored", "weights of 0"],
)
def test_without_a_pixel_to_seek_the_crop_is_a_uniform_one(options: dict[str, Any], data: dict[str, Any]) -> None:
    composition = seeded(ClassCrop(3, 3, **options))
    counts = Counter(corner(composition(image=coordinates(6, 6), **data)) for _ in range(1600))
    assert set(counts) == {(y, x) for y in range(4) for x in range(4)}
    assert chi_squared(list(counts.values()), [100] * 16) < UNLIKELY[15]


def test_p_is_the_share_of_crops_that_seek() -> None:
    mask = np.zeros((100, 100), np.uint8)
    mask[50, 50] = 1
    composition = seeded(ClassCrop(10, 10, p=0.5))
    found = sum((composition(image=mask, mask=mask, class_id=1)["mask"] == 1).any() for _ in range(1000))
    # A uniform crop holds the pixel in 100 of 91 * 91 positions.
    share = 0.5 + 0.5 * 100 / 91**2
    assert chi_squared([found, 1000 - found], [1000 * share, 1000 * (1 - share)]) < UNLIKELY[1]
    assert A.Compose([ClassCrop(10, 10, p=0.5)])(image=mask, mask=mask)["image"].shape == (10, 10)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.int64])
@pytest.mark.parametrize("class_weights", [None, (1.0, 2.0, 0.0, 5.0, 9.0)])
def test_classes_are_drawn_by_rarity_or_weight(dtype: type, class_weights: tuple[float, ...] | None) -> None:
    mask = np.zeros((40, 40), dtype)
    mask[:10], mask[10, :5], mask[11, 0], mask[12] = 1, 2, 3, 255
    pixels = {0: 1600 - 400 - 5 - 1 - 40, 1: 400, 2: 5, 3: 1}
    weights = {
        label: 1 / math.sqrt(count) if class_weights is None else class_weights[label]
        for label, count in pixels.items()
    }
    composition = seeded(ClassCrop(1, 1, jitter=0, class_weights=class_weights, ignore_index=255))
    counts = Counter(int(composition(image=mask, mask=mask)["mask"][0, 0]) for _ in range(3000))
    expected = {label: 3000 * weight / sum(weights.values()) for label, weight in weights.items() if weight}
    assert set(counts) == set(expected)
    drawn = [counts[label] for label in expected]
    assert chi_squared(drawn, list(expected.values())) < UNLIKELY[len(expected) - 1]


def test_a_dominated_crop_is_drawn_again() -> None:
    """A frame of class 1 around a field of class 0, with class 255 in a corner, where labels are few."""
    mask = np.ones((100, 100), np.uint8)
    mask[20:80, 20:80], mask[:15, :15] = 0, 255
    shares = {}
    for limit in (None, 0.75):
        composition = seeded(ClassCrop(20, 20, p=0.0, max_class_share=limit, ignore_index=255))
        parts = [composition(image=mask, mask=mask)["mask"] for _ in range(400)]
        counts = [np.bincount(part[part != 255], minlength=2) for part in parts]
        shares[limit] = np.mean([count.max() > 0.75 * count.sum() for count in counts])
    assert shares[None] > 0.6
    assert shares[0.75] < shares[None] / 4


def test_of_too_many_dominated_crops_the_least_is_taken() -> None:
    mask = np.tile(np.arange(100, dtype=np.uint8)[:, np.newaxis] == 0, (1, 100)).astype(np.uint8)
    best = seeded(ClassCrop(10, 10, p=0.0, max_class_share=0.5, max_tries=200))(image=mask, mask=mask)["mask"]
    assert np.count_nonzero(best) == 10
    once = seeded(ClassCrop(10, 10, p=0.0, max_class_share=0.5, max_tries=1))
    plain = seeded(ClassCrop(10, 10, p=0.0))
    for _ in range(50):
        assert corner(once(image=coordinates(100, 100), mask=mask)) == corner(
            plain(image=coordinates(100, 100), mask=mask)
        )


def test_a_crop_without_labels_is_the_worst() -> None:
    mask = np.full((40, 40), 255, np.uint8)
    mask[:, :10] = 1
    composition = seeded(ClassCrop(5, 5, p=0.0, max_class_share=0.5, max_tries=50, ignore_index=255))
    assert all((composition(image=mask, mask=mask)["mask"] == 1).any() for _ in range(20))


def test_the_class_stays_when_the_crop_is_drawn_again() -> None:
    mask = np.zeros((40, 40), np.uint8)
    mask[5, 5] = 1
    composition = seeded(ClassCrop(10, 10, max_class_share=0.5))
    assert all((composition(image=mask, mask=mask, class_id=1)["mask"] == 1).any() for _ in range(20))


@pytest.mark.parametrize("position", ["center", "top_left", "bottom_right", "random"])
@pytest.mark.parametrize("max_class_share", [None, 0.6])
def test_a_small_image_is_padded_with_the_ignore_index(position: str, max_class_share: float | None) -> None:
    mask = np.zeros((20, 50), np.uint8)
    mask[10:, 30:] = 1
    crop = ClassCrop(
        30, 30, pad_if_needed=True, pad_position=position, ignore_index=255, max_class_share=max_class_share
    )
    composition = seeded(crop)
    for _ in range(20):
        result = composition(image=coordinates(20, 50), mask=mask, class_id=1)
        assert result["mask"].shape == (30, 30)
        assert (result["mask"] == 1).any()
        inside = result["image"][..., 0] > 0
        y, x = np.transpose(result["image"][inside]).astype(int) - 1
        assert np.array_equal(result["mask"][inside], mask[y, x])
        assert (result["mask"][~inside] == 255).all()
        assert np.count_nonzero(inside) == 20 * 30


def test_a_small_image_is_an_error_that_says_what_to_do() -> None:
    for size in ((30, 10), (10, 60)):
        with pytest.raises(CropSizeError, match=r"the crop is .* pixels and the image 20x50 .* pad_if_needed=True"):
            A.Compose([ClassCrop(*size)])(image=np.zeros((20, 50, 3), np.uint8))


def test_all_targets_are_cropped_alike() -> None:
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    mask[33, 44] = 1
    composition = seeded(
        ClassCrop(16, 16),
        additional_targets={"depth": "image", "parts": "mask"},
        bbox_params=A.BboxParams(format="pascal_voc", label_fields=["labels"]),
        keypoint_params=A.KeypointParams(format="xy"),
        strict=True,
    )
    result = composition(
        image=coordinates(), depth=coordinates(), mask=mask, parts=mask, masks=[mask], class_id=1,
        bboxes=[[44, 33, 45, 34]], labels=[1], keypoints=[[44, 33]],
    )  # fmt: skip
    ((y, x),) = np.argwhere(result["mask"] == 1)
    assert np.array_equal(result["depth"], result["image"])
    assert np.array_equal(result["parts"], result["mask"])
    assert np.array_equal(result["masks"][0], result["mask"])
    assert np.allclose(result["bboxes"], [[x, y, x + 1, y + 1]])
    assert np.allclose(result["keypoints"], [[x, y]])


@pytest.mark.parametrize("shape", [(40, 40), (40, 40, 1)])
@pytest.mark.parametrize("dtype", [bool, np.uint8, np.int32])
def test_masks_may_be_of_any_integers(shape: tuple[int, ...], dtype: type) -> None:
    mask = np.zeros(shape, dtype)
    mask[7, 9] = 1
    assert A.Compose([ClassCrop(5, 5)])(image=mask, mask=mask, class_id=1)["mask"].any()


@pytest.mark.parametrize("mask", [np.zeros((40, 40), np.float32), np.zeros((40, 40, 3), np.uint8)])
def test_a_mask_that_holds_no_ids_is_refused(mask: np.ndarray) -> None:
    with pytest.raises(ValueError, match=r"the mask is .*expected integer class ids, \(H, W\)"):
        A.Compose([ClassCrop(5, 5)])(image=np.zeros((40, 40, 3), np.uint8), mask=mask)


def test_a_label_without_a_weight_is_refused() -> None:
    mask = np.full((40, 40), 255, np.uint8)
    with pytest.raises(ValueError, match=r"label 255, and class_weights has 2 classes; .*set ignore_index=255"):
        A.Compose([ClassCrop(5, 5, class_weights=np.ones(2))])(image=mask, mask=mask)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"height": 0}, "height=0; expected at least 1"),
        ({"width": 1.5}, "width=1.5; expected an integer"),
        ({"p": 1.5}, "p\n.*less than or equal to 1"),
        ({"jitter": 0.6}, "jitter=0.6; expected 0"),
        ({"class_weights": [0.0, 0.0]}, "class_weights=.*expected one weight per class"),
        ({"class_weights": [1.0, -1.0]}, "class_weights=.*expected one weight per class"),
        ({"class_weights": [1.0, math.nan]}, "class_weights=.*expected one weight per class"),
        ({"class_weights": [[1.0]]}, "class_weights=.*expected one weight per class"),
        ({"max_class_share": 0}, "max_class_share=0; expected a share"),
        ({"max_class_share": 75}, "max_class_share=75; expected a share"),
        ({"max_tries": 0}, "max_tries=0; expected at least 1"),
    ],
)
def test_arguments_are_checked(options: dict[str, Any], message: str) -> None:
    with pytest.raises((ValueError, TypeError), match=message):
        ClassCrop(**{"height": 5, "width": 5, **options})


def elaborate() -> ClassCrop:
    return ClassCrop(
        12, 14, p=0.8, jitter=np.float32(0.4), class_weights=np.arange(4.0), max_class_share=0.9, max_tries=3,
        ignore_index=np.uint8(255),
        pad_if_needed=True, pad_position="random", border_mode=cv2.BORDER_REFLECT_101, fill=(1.0, 2.0), fill_mask=9,
    )  # fmt: skip


def results(composition: A.Compose) -> list[bytes]:
    mask = np.random.default_rng(3).integers(0, 4, (30, 30)).astype(np.uint8)
    composition.set_random_state(np.random.default_rng(5), random.Random(5))
    return [composition(image=coordinates(30, 30), mask=mask)["image"].tobytes() for _ in range(10)]


@pytest.mark.parametrize("make", [elaborate, lambda: ClassCrop(12, 14)])
def test_a_saved_pipeline_is_loaded_the_same(make: Callable[[], ClassCrop], tmp_path: Path) -> None:
    composition = A.Compose([A.HorizontalFlip(), A.OneOf([make()], p=1)])
    A.save(composition, tmp_path / "pipeline.json")
    for again in (
        A.load(tmp_path / "pipeline.json"),
        A.from_dict(json.loads(json.dumps(A.to_dict(composition)))),
        eval(repr(composition), {**vars(A), "ClassCrop": ClassCrop}),
        pickle.loads(pickle.dumps(composition)),
        cloudpickle.loads(cloudpickle.dumps(composition)),
    ):
        assert again.to_dict() == composition.to_dict()
        assert results(again) == results(composition)
    assert "seqaug.ClassCrop" in (tmp_path / "pipeline.json").read_text()


def test_another_process_loads_a_saved_pipeline(tmp_path: Path) -> None:
    A.save(A.Compose([elaborate()]), tmp_path / "pipeline.json")
    code = "import sys, albumentations as A; from seqaug import ClassCrop; print(A.load(sys.argv[1]))"
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "pipeline.json")], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == repr(A.Compose([elaborate()]))


def test_a_subclass_is_saved_by_its_own_name() -> None:
    class Square(ClassCrop):
        pass

    assert Square.get_class_fullname() == f"{__name__}.Square"


def test_a_crop_is_replayed() -> None:
    mask = np.random.default_rng(3).integers(0, 4, (30, 40)).astype(np.uint8)
    composition = A.ReplayCompose([A.OneOf([elaborate(), A.NoOp()], p=1), A.HorizontalFlip()])
    for _ in range(10):
        done = composition(image=coordinates(30, 40), mask=mask, class_id=2)
        again = A.ReplayCompose.replay(done["replay"], image=coordinates(30, 40), mask=np.zeros_like(mask))
        assert np.array_equal(again["image"], done["image"])


NESTINGS = {
    "alone": lambda crop: crop,
    "one_of": lambda crop: A.OneOf([crop], p=1),
    "sequential": lambda crop: A.Sequential([A.RandomBrightnessContrast(), crop], p=1),
    "compose": lambda crop: A.Compose([A.Compose([A.SomeOf([crop], n=1)])]),
    "strict": lambda crop: A.Compose([A.GaussNoise(), crop], strict=True),
}


@pytest.mark.parametrize("nesting", NESTINGS)
def test_the_augmenter_hands_the_class_on(nesting: str) -> None:
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    mask[30, 40], mask[50, 70] = 1, 2
    sample = {"image": np.zeros((HEIGHT, WIDTH, 3), np.uint8), "mask": mask}
    augmenter = Augmenter(NESTINGS[nesting](ClassCrop(8, 8)), {}, 255, 3)
    for seed in range(10):
        for class_id in (1, 2):
            result = augmenter(sample, make_generators(seed), class_id)
            assert class_id in result["mask"]
            assert result.keys() == sample.keys()
            again = pickle.loads(pickle.dumps(augmenter))(sample, make_generators(seed), class_id)
            assert again["mask"].tobytes() == result["mask"].tobytes()


def test_a_class_means_nothing_to_other_transforms() -> None:
    mask = np.zeros((8, 8), np.uint8)
    augmenter = Augmenter(A.Compose([A.HorizontalFlip(p=1)], strict=True), {}, 255, 3)
    assert augmenter({"image": mask[..., np.newaxis], "mask": mask}, make_generators(0), 1)["mask"].shape == (8, 8)


def test_the_augmenter_names_a_crop_that_fails() -> None:
    mask = np.zeros((8, 8), np.uint8)
    augmenter = Augmenter(A.Compose([A.HorizontalFlip(), A.OneOf([ClassCrop(9, 9)], p=1)]), {}, 255, 3)
    with pytest.raises(TransformError, match=r"^ClassCrop failed: the crop is 9x9 pixels and the image 8x8"):
        augmenter({"image": mask[..., np.newaxis], "mask": mask}, make_generators(0), 1)


def test_arrays_may_be_read_only_and_memory_mapped(tmp_path: Path) -> None:
    mask = np.random.default_rng(0).integers(0, 4, (HEIGHT, WIDTH)).astype(np.uint8)
    np.save(tmp_path / "mask.npy", mask)
    mapped = np.load(tmp_path / "mask.npy", mmap_mode="r")
    expected = seeded(ClassCrop(9, 9, max_class_share=0.5))(image=coordinates(), mask=mask)["image"]
    assert np.array_equal(
        seeded(ClassCrop(9, 9, max_class_share=0.5))(image=coordinates(), mask=mapped)["image"], expected
    )


def covering_positions(length: int, crop: int) -> np.ndarray:
    """Count the positions of a crop in which it covers each pixel of a line."""
    at = np.arange(length)
    return np.minimum(at, length - crop) - np.maximum(at - crop + 1, 0) + 1


def test_rare_classes_of_camvid_are_seen_more_often(camvid: Path) -> None:
    """By pixels, where a class is drawn evenly, and then an image that contains it."""
    names = Palette.named("camvid").names
    masks = [cv2.imread(str(path), cv2.IMREAD_UNCHANGED) for path in sorted((camvid / "train/class_ids").glob("*.png"))]
    containing = [[mask for mask in masks if (mask == class_id).any()] for class_id in range(len(names))]
    # What uniform crops show on average, exactly.
    covered = np.multiply.outer(*(covering_positions(length, 64) for length in masks[0].shape)).ravel()
    uniform = np.sum([np.bincount(mask.ravel(), covered, 256) for mask in masks], axis=0) / covered.sum() / len(masks)
    generator, composition = random.Random(0), seeded(ClassCrop(64, 64))
    seeking = np.zeros(256)
    for _ in range(4000):
        class_id = generator.randrange(len(names))
        mask = generator.choice(containing[class_id])
        crop = composition(image=mask, mask=mask, class_id=class_id)["mask"]
        seeking += np.bincount(crop.ravel(), minlength=256) / crop.size / 4000
    more = {name: seeking[class_id] / uniform[class_id] for class_id, name in enumerate(names)}
    assert more["Bicyclist"] > 3
    assert more["SignSymbol"] > 1.9
