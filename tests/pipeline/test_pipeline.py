"""The pipeline of one sample."""

from collections.abc import Mapping
from typing import Any

import albumentations as A  # noqa: N812
import cv2
import numpy as np
import pytest

from seqaug import SampleError, TransformError
from seqaug.augmentation.augmenter import Augmenter
from seqaug.core.sample_request import SampleRequest
from seqaug.palette.label_spec import LabelSpec
from seqaug.pipeline.image_encoding import ImageEncoding
from seqaug.pipeline.mask_encoding import MaskEncoding
from seqaug.pipeline.pipeline import Pipeline
from seqaug.pipeline.row_encoding import RowEncoding

IMAGE = np.random.default_rng(0).integers(0, 256, (12, 16, 3), dtype=np.uint8)
MASK = (IMAGE[..., 0] % 3).astype(np.uint8)


def make(loaded: Any = None, transform: Any = None, image_size: Any = None, seed: int = 0, **targets: str) -> Pipeline:
    labels = LabelSpec(None, 3, 255)

    def load(index: int) -> Mapping[str, np.ndarray]:
        if isinstance(loaded, Exception):
            raise loaded
        return {"image": IMAGE, "mask": MASK} if loaded is None else loaded

    return Pipeline(
        load=load,
        describe=lambda index: f"file {index}",
        cache=None,
        labels=labels,
        augmenter=None if transform is None else Augmenter(transform, targets, 255, 3),
        encoding=RowEncoding(ImageEncoding(None), targets, MaskEncoding(labels, "sparse")),
        additional_targets=targets,
        image_size=image_size,
        seed=seed,
    )


def test_without_a_transform_a_sample_is_unchanged() -> None:
    sample = make().sample(SampleRequest(0, 0, 0))
    assert np.array_equal(sample["image"], IMAGE)
    assert np.array_equal(sample["mask"], MASK)


def test_randomness_depends_on_seed_epoch_and_position_and_not_on_the_index() -> None:
    transform = A.Compose([A.RandomCrop(5, 5), A.RandomBrightnessContrast(p=1)])

    def pixels_of(seed: int, index: int, epoch: int, position: int) -> bytes:
        return make(transform=transform, seed=seed).sample(SampleRequest(index, epoch, position))["image"].tobytes()

    assert pixels_of(1, 0, 2, 3) == pixels_of(1, 5, 2, 3)
    assert (
        len(
            {
                pixels_of(1, 0, 2, 3),
                pixels_of(2, 0, 1, 3),
                pixels_of(1, 0, 3, 3),
                pixels_of(1, 0, 2, 4),
                pixels_of(1, 0, 3, 2),
            }
        )
        == 5
    )


@pytest.mark.parametrize("size", [(6, 8), (24, 40), (5, 31)])
def test_image_size_is_bilinear_for_images_and_nearest_for_masks(size: tuple[int, int]) -> None:
    loaded = {"image": IMAGE, "mask": MASK, "depth": IMAGE[..., 0].astype(np.float64), "parts": MASK.astype(np.int32)}
    sample = make(loaded, image_size=size, depth="image", parts="mask").sample(SampleRequest(0, 0, 0))
    reversed_size = size[::-1]
    assert np.array_equal(sample["image"], cv2.resize(IMAGE, reversed_size, interpolation=cv2.INTER_LINEAR))
    assert np.array_equal(sample["mask"], cv2.resize(MASK, reversed_size, interpolation=cv2.INTER_NEAREST_EXACT))
    assert sample["depth"].shape == (*size, 1)
    assert sample["depth"].dtype == np.float32
    assert np.array_equal(sample["parts"], sample["mask"])
    assert set(np.unique(sample["mask"])) <= set(np.unique(MASK))


def test_a_mask_lies_on_its_image_after_resizing() -> None:
    """The centre of mass of a square is the same in both: INTER_NEAREST would shift it."""
    mask = np.zeros((12, 16), np.uint8)
    mask[4:8, 4:8] = 1
    loaded = {"image": np.dstack([mask * 255] * 3), "mask": mask}
    sample = make(loaded, image_size=(30, 40)).sample(SampleRequest(0, 0, 0))
    image_centre = np.average(np.indices((30, 40)).reshape(2, -1), axis=1, weights=sample["image"][..., 0].ravel())
    mask_centre = np.average(np.indices((30, 40)).reshape(2, -1), axis=1, weights=sample["mask"].ravel())
    assert np.abs(image_centre - mask_centre).max() < 0.3


@pytest.mark.parametrize("dtype", [np.float16, np.float64])
def test_floats_are_float32(dtype: type) -> None:
    assert (
        make({"image": IMAGE.astype(dtype), "mask": MASK}).sample(SampleRequest(0, 0, 0))["image"].dtype == np.float32
    )


def test_a_grayscale_image_gets_a_channel() -> None:
    assert make({"image": IMAGE[..., 0], "mask": MASK}).sample(SampleRequest(0, 0, 0))["image"].shape == (12, 16, 1)


@pytest.mark.parametrize(
    ("loaded", "message"),
    [
        (RuntimeError("no disk"), r"sample 4 \(file 4\): RuntimeError: no disk"),
        (KeyError("x"), r"sample 4 \(file 4\): KeyError: 'x'"),
        (OSError(), r"sample 4 \(file 4\): OSError: "),
        ([IMAGE, MASK], r"load\(\) returned list; expected a dict of arrays"),
        ({"image": IMAGE}, r"load\(\) returned 'image'; expected 'image', 'mask'"),
        (
            {"image": IMAGE, "mask": MASK, "x": MASK},
            r"returned 'image', 'mask', 'x'; expected 'image', 'mask'",
        ),
        (
            {"image": IMAGE, "mask": MASK[:5]},
            r"'mask' is 5x16 and the image 12x16 .*belongs together",
        ),
        ({"image": IMAGE, "mask": MASK.T}, r"'mask' is 16x12 and the image 12x16 .*turned by 90 degrees.*EXIF"),
        ({"image": IMAGE, "mask": MASK + 7}, r"the mask holds the id 7 "),
        ({"image": IMAGE.astype(bool), "mask": MASK}, r"'image' is bool .*expected .*, integers or floats"),
        (
            {"image": IMAGE.astype(np.int32) - 2**25, "mask": MASK},
            r"'image' is int32 from -33\d+ to .* become float32, which holds integers up to 16777216 exactly",
        ),
        ({"image": IMAGE[0, 0], "mask": MASK}, r"'image' is uint8 of shape \(3,\)"),
    ],
)
def test_invalid_samples(loaded: Any, message: str) -> None:
    with pytest.raises(SampleError, match=message) as raised:
        make(loaded).sample(SampleRequest(4, 0, 0))
    assert (raised.value.index, raised.value.where) == (4, "file 4")


def test_an_error_of_the_transform_names_the_sample() -> None:
    with pytest.raises(TransformError, match=r"^sample 4 \(file 4\): RandomCrop failed: "):
        make(transform=A.RandomCrop(99, 99)).sample(SampleRequest(4, 0, 0))


def test_a_sample_without_a_mask() -> None:
    pipeline = Pipeline(
        load=lambda index: {"image": IMAGE},
        describe=lambda index: f"file {index}",
        cache=None,
        labels=None,
        augmenter=Augmenter(A.HorizontalFlip(p=1), {}, None, None, has_mask=False),
        encoding=RowEncoding(ImageEncoding(None), {}),
        additional_targets={},
        image_size=(6, 8),
        seed=0,
    )
    sample = pipeline.sample(SampleRequest(0, 0, 0))
    assert list(sample) == ["image"]
    assert np.array_equal(sample["image"], cv2.resize(IMAGE[:, ::-1], (8, 6), interpolation=cv2.INTER_LINEAR))
    assert pipeline.layout(sample) == {"image": ((6, 8, 3), np.dtype(np.uint8))}
