"""Encoding of masks."""

from typing import Any

import numpy as np
import pytest

from seqaug.palette.label_spec import LabelSpec
from seqaug.pipeline.mask_encoding import MaskEncoding

IDS = np.array([[0, 1, 2], [255, 1, 0]], np.uint8)


def written(encoding: MaskEncoding, mask: np.ndarray) -> dict[str, np.ndarray]:
    row = {name: np.full(shape, 77, dtype) for name, (shape, dtype) in encoding.layout(mask).items()}
    encoding.write({"mask": mask}, row)
    return row


def encoding(mask_encoding: str = "sparse", labels: LabelSpec | None = None) -> MaskEncoding:
    return MaskEncoding(labels or LabelSpec(None, 3, 255), mask_encoding)


def weighed(labels: LabelSpec, weights: Any, mask_encoding: str = "sparse", mask: np.ndarray = IDS) -> np.ndarray:
    row = written(MaskEncoding(labels, mask_encoding, weights), mask.astype(labels.dtype))
    assert row["mask"].tolist() == written(encoding(mask_encoding, labels), mask)["mask"].tolist()
    assert row["sample_weight"].dtype == np.float32
    return row["sample_weight"]


def test_sparse_ids_fit_their_dtype() -> None:
    assert written(encoding(), IDS)["mask"].dtype == np.uint8
    wide = written(encoding(labels=LabelSpec(None, 500, 999)), IDS.astype(np.uint16) * 3)["mask"]
    assert wide.dtype == np.int32
    assert wide.max() == 765
    assert written(encoding(labels=LabelSpec(None, None, None)), IDS.astype(np.uint16))["mask"].dtype == np.dtype(
        np.int32
    )


def test_one_hot_leaves_ignored_pixels_empty() -> None:
    row = written(encoding("one_hot"), IDS)["mask"]
    assert row.dtype == np.float32
    assert row.tolist() == [[[1, 0, 0], [0, 1, 0], [0, 0, 1]], [[0, 0, 0], [0, 1, 0], [1, 0, 0]]]
    first_ignored = written(encoding("one_hot", labels=LabelSpec(None, 2, 0)), IDS % 2)["mask"]
    assert first_ignored.tolist() == [[[0, 0], [0, 1], [0, 0]], [[0, 1], [0, 1], [0, 0]]]


def test_binary() -> None:
    row = written(encoding("binary", labels=LabelSpec(None, 2, None)), IDS % 2)["mask"]
    assert row.dtype == np.float32
    assert row.tolist() == [[[0], [1], [0]], [[1], [1], [0]]]


@pytest.mark.parametrize("mask_encoding", ["sparse", "one_hot"])
def test_a_pixel_has_the_weight_of_its_class_and_0_if_ignored(mask_encoding: str) -> None:
    weights = np.array([0.5, 2, 0.1])
    expected = np.array([[0.5, 2, 0.1], [0, 2, 0.5]], np.float32)
    assert np.array_equal(weighed(LabelSpec(None, 3, 255), weights, mask_encoding), expected)
    assert np.array_equal(
        weighed(LabelSpec(None, 3, 999), weights, mask_encoding, np.where(IDS == 255, 999, IDS)), expected
    )
    # The ignored label may be one of the classes' own.
    assert weighed(LabelSpec(None, 3, 1), [3, 4, 5], mask_encoding, IDS % 3).tolist() == [[3, 0, 5], [3, 0, 3]]


def test_a_pixel_weighs_1_or_0() -> None:
    assert weighed(LabelSpec(None, 3, 255), 1).tolist() == [[1, 1, 1], [0, 1, 1]]
    # Also if the number of classes is unknown.
    assert weighed(LabelSpec(None, None, 255), 1).tolist() == [[1, 1, 1], [0, 1, 1]]
    assert weighed(LabelSpec(None, None, None), 1).tolist() == [[1, 1, 1], [1, 1, 1]]
    wide = np.array([[65_535, 65_534, 0]])
    assert weighed(LabelSpec(None, None, 65_534), 1, mask=wide).tolist() == [[1, 0, 1]]
    assert weighed(LabelSpec(None, None, 65_535), 1, mask=wide).tolist() == [[0, 1, 1]]


def test_binary_masks_have_weights_too() -> None:
    assert weighed(LabelSpec(None, 2, None), [1, 4], "binary", IDS % 2).tolist() == [[1, 4, 1], [4, 4, 1]]


def test_without_weights_there_is_no_such_array() -> None:
    assert list(written(encoding(), IDS)) == ["mask"]
    assert not encoding().has_weights


@pytest.mark.parametrize(
    ("num_classes", "weights", "message"),
    [
        (3, [1, 2], r"class_weights has the shape \(2,\); expected one weight per class, \(3,\)"),
        (3, np.ones((1, 3)), r"the shape \(1, 3\); expected one weight per class, \(3,\)"),
        (None, [1, 2], r"the shape \(2,\); expected one weight per class, with num_classes="),
        (2, [1, -2], r"class_weights=\[1.0, -2.0\]; expected finite numbers, 0 or more"),
        (2, [1, float("nan")], r"expected finite numbers"),
        (2, [1, float("inf")], r"expected finite numbers"),
        (2, [0, 0], r"at least one above 0"),
    ],
)
def test_invalid_weights(num_classes: int | None, weights: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        MaskEncoding(LabelSpec(None, num_classes, None), "sparse", weights)


@pytest.mark.parametrize(
    ("labels", "mask_encoding", "message"),
    [
        (LabelSpec(None, 3, None), "dense", r"mask_encoding='dense'; expected one of 'sparse', 'one_hot', 'binary'"),
        (LabelSpec(None, None, None), "one_hot", r"\"one_hot\" needs num_classes="),
        (LabelSpec(None, 3, None), "binary", r"\"binary\" with num_classes=3; expected 2"),
        (LabelSpec(None, 2, 255), "binary", r"no place for ignored pixels \(ignore_index=255\).*ignore_class"),
    ],
)
def test_contradictions(labels: LabelSpec, mask_encoding: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        MaskEncoding(labels, mask_encoding)
