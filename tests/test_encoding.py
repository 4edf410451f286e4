"""Rows of a batch."""

from typing import Any

import numpy as np
import pytest

from seqaug.encoding import RowEncoding
from seqaug.labels import Labels

IDS = np.array([[0, 1, 2], [255, 1, 0]], np.uint8)
IMAGE = np.arange(18, dtype=np.uint8).reshape(2, 3, 3)


def written(encoding: RowEncoding, **sample: np.ndarray) -> dict[str, np.ndarray]:
    layout = encoding.layout(sample)
    row = {name: np.full(shape, 77, dtype) for name, (shape, dtype) in layout.items()}
    encoding.write(sample, row)
    return row


def encoding(mask_encoding: str = "sparse", rescale: float | None = 1 / 255, labels: Any = None, **targets: str) -> Any:
    return RowEncoding(labels or Labels(None, 3, 255), mask_encoding, rescale, targets)


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
def test_other_images_are_left_alone(dtype: type) -> None:
    row = written(encoding(), image=IMAGE.astype(dtype), mask=IDS)
    assert row["image"].dtype == dtype
    assert np.array_equal(row["image"], IMAGE)


def test_further_arrays_follow_their_kind() -> None:
    row = written(encoding(view="image", parts="mask"), image=IMAGE, mask=IDS, view=IMAGE, parts=IDS.astype(np.int32))
    assert np.array_equal(row["view"], row["image"])
    assert row["parts"].dtype == np.int32
    assert np.array_equal(row["parts"], IDS)


def test_sparse_ids_fit_their_dtype() -> None:
    assert written(encoding(), image=IMAGE, mask=IDS)["mask"].dtype == np.uint8
    wide = written(encoding(labels=Labels(None, 500, 999)), image=IMAGE, mask=IDS.astype(np.uint16) * 3)["mask"]
    assert wide.dtype == np.int32
    assert wide.max() == 765
    assert written(encoding(labels=Labels(None, None, None)), image=IMAGE, mask=IDS.astype(np.uint16))[
        "mask"
    ].dtype == np.dtype(np.int32)


def test_one_hot_leaves_ignored_pixels_empty() -> None:
    row = written(encoding("one_hot"), image=IMAGE, mask=IDS)["mask"]
    assert row.dtype == np.float32
    assert row.tolist() == [[[1, 0, 0], [0, 1, 0], [0, 0, 1]], [[0, 0, 0], [0, 1, 0], [1, 0, 0]]]
    first_ignored = written(encoding("one_hot", labels=Labels(None, 2, 0)), image=IMAGE, mask=IDS % 2)["mask"]
    assert first_ignored.tolist() == [[[0, 0], [0, 1], [0, 0]], [[0, 1], [0, 1], [0, 0]]]


def test_binary() -> None:
    row = written(encoding("binary", labels=Labels(None, 2, None)), image=IMAGE, mask=IDS % 2)["mask"]
    assert row.dtype == np.float32
    assert row.tolist() == [[[0], [1], [0]], [[1], [1], [0]]]


@pytest.mark.parametrize(
    ("labels", "mask_encoding", "rescale", "message"),
    [
        (Labels(None, 3, None), "dense", None, r"mask_encoding='dense'; expected one of 'sparse', 'one_hot', 'binary'"),
        (Labels(None, None, None), "one_hot", None, r"\"one_hot\" needs num_classes="),
        (Labels(None, 3, None), "binary", None, r"\"binary\" with num_classes=3; expected 2"),
        (Labels(None, 2, 255), "binary", None, r"no place for ignored pixels \(ignore_index=255\).*ignore_class"),
        (Labels(None, 2, None), "sparse", 0, r"rescale=0; expected a factor above 0"),
        (Labels(None, 2, None), "sparse", float("nan"), r"rescale=nan; expected"),
    ],
)
def test_what_does_not_go_together(labels: Labels, mask_encoding: str, rescale: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        RowEncoding(labels, mask_encoding, rescale, {})
