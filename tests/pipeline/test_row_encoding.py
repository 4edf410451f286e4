"""Rows of a batch."""

import numpy as np
import pytest

from seqaug.palette.label_spec import LabelSpec
from seqaug.pipeline.image_encoding import ImageEncoding
from seqaug.pipeline.mask_encoding import MaskEncoding
from seqaug.pipeline.rescale import DEFAULT_RESCALE
from seqaug.pipeline.row_encoding import RowEncoding

IDS = np.array([[0, 1, 2], [255, 1, 0]], np.uint8)
IMAGE = np.arange(18, dtype=np.uint8).reshape(2, 3, 3)
MASKS = MaskEncoding(LabelSpec(None, 3, 255), "sparse")
WEIGHED = MaskEncoding(LabelSpec(None, 3, 255), "sparse", 1)


def written(encoding: RowEncoding, **sample: np.ndarray) -> dict[str, np.ndarray]:
    layout = encoding.layout(sample)
    row = {name: np.full(shape, 77, dtype) for name, (shape, dtype) in layout.items()}
    encoding.write(sample, row)
    return row


def encoding(rescale: float | None = DEFAULT_RESCALE, **targets: str) -> RowEncoding:
    return RowEncoding(ImageEncoding(rescale), targets, MASKS)


def test_images_of_uint8_are_rescaled() -> None:
    row = written(encoding(), image=IMAGE, mask=IDS)
    assert row["image"].dtype == np.float32
    assert np.array_equal(row["image"], IMAGE * np.float32(1 / 255))
    assert written(encoding(rescale=2), image=IMAGE, mask=IDS)["image"].max() == 34


def test_without_rescale_they_stay_uint8() -> None:
    row = written(encoding(rescale=None), image=IMAGE, mask=IDS)
    assert row["image"].dtype == np.uint8
    assert np.array_equal(row["image"], IMAGE)


@pytest.mark.parametrize("dtype", [np.float32, np.uint16])
def test_the_default_leaves_other_images_unchanged(dtype: type) -> None:
    row = written(encoding(), image=IMAGE.astype(dtype), mask=IDS)
    assert row["image"].dtype == dtype
    assert np.array_equal(row["image"], IMAGE)


def test_a_given_factor_is_for_all_integers() -> None:
    deep = IMAGE.astype(np.uint16) * 3855
    row = written(encoding(rescale=1 / 65_535), image=deep, mask=IDS)
    assert row["image"].dtype == np.float32
    assert np.array_equal(row["image"], deep * np.float32(1 / 65_535))
    assert row["image"].max() == 1
    row = written(encoding(rescale=1 / 255), image=IMAGE, mask=IDS)
    assert np.array_equal(row["image"], written(encoding(), image=IMAGE, mask=IDS)["image"])
    floats = IMAGE.astype(np.float32)
    assert np.array_equal(written(encoding(rescale=1 / 255), image=floats, mask=IDS)["image"], floats)


def test_further_arrays_follow_their_kind() -> None:
    row = written(encoding(view="image", parts="mask"), image=IMAGE, mask=IDS, view=IMAGE, parts=IDS.astype(np.int32))
    assert np.array_equal(row["view"], row["image"])
    assert row["parts"].dtype == np.int32
    assert np.array_equal(row["parts"], IDS)


def test_masks_are_encoded_too() -> None:
    row = written(RowEncoding(ImageEncoding(None), {}, WEIGHED), image=IMAGE, mask=IDS)
    assert list(row) == ["image", "mask", "sample_weight"]
    assert np.array_equal(row["mask"], IDS)
    assert row["sample_weight"].tolist() == [[1, 1, 1], [0, 1, 1]]


def test_a_sample_may_have_no_mask() -> None:
    row = written(RowEncoding(ImageEncoding(1 / 255), {}), image=IMAGE)
    assert list(row) == ["image"]
    assert np.array_equal(row["image"], IMAGE * np.float32(1 / 255))


def test_no_other_array_may_be_named_like_the_weights() -> None:
    assert "sample_weight" in written(encoding(sample_weight="mask"), image=IMAGE, mask=IDS, sample_weight=IDS)
    with pytest.raises(ValueError, match="additional_targets names 'sample_weight', which class_weights= makes"):
        RowEncoding(ImageEncoding(None), {"sample_weight": "mask"}, WEIGHED)


@pytest.mark.parametrize(("encoding", "shape"), [("one_hot", (3, 2, 3)), ("sparse", (2, 3))])
def test_channels_first_moves_every_array_of_three_axes(encoding: str, shape: tuple[int, ...]) -> None:
    masks = MaskEncoding(LabelSpec(None, 3, 255), encoding, 1)
    targets = {"view": "image", "depth": "value", "flow": "value"}
    sample = {
        "image": IMAGE,
        "mask": IDS,
        "view": IMAGE[..., :2],
        "depth": IDS / np.float32(2),
        "flow": IMAGE.astype(np.float32),
    }
    last = written(RowEncoding(ImageEncoding(1 / 255), targets, masks), **sample)
    first = written(RowEncoding(ImageEncoding(1 / 255, data_format="channels_first"), targets, masks), **sample)
    assert first["image"].shape == (3, 2, 3)
    assert first["mask"].shape == shape
    for name, array in last.items():
        moved = np.moveaxis(array, -1, 0) if array.ndim == 3 else array
        assert first[name].dtype == array.dtype
        assert np.array_equal(first[name], moved)


def test_only_images_have_16_bits() -> None:
    masks = MaskEncoding(LabelSpec(None, 3, 255), "one_hot", 1)
    targets = {"view": "image", "depth": "value"}
    row = written(
        RowEncoding(ImageEncoding(1 / 255, "float16"), targets, masks),
        image=IMAGE,
        mask=IDS,
        view=IMAGE.astype(np.float32),
        depth=IDS / np.float32(3),
    )
    assert {name: str(array.dtype) for name, array in row.items()} == {
        "image": "float16",
        "view": "float16",
        "depth": "float32",
        "mask": "float32",
        "sample_weight": "float32",
        "depth_weight": "float32",
    }
