"""Encoding of labels."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqaug.pipeline.label_encoding import LabelEncoding
from seqaug.sources.class_labels import ClassLabels

LABELS = ClassLabels([2, 0, 1, 2], multi_label=False)
BATCH = np.array([3, 1, 1])


def encoded(label_mode: str, labels: ClassLabels = LABELS, batch: np.ndarray = BATCH, **arguments: Any) -> Any:
    return LabelEncoding(labels.counts, label_mode, **arguments).encode(batch)["label"]


def test_modes() -> None:
    integers = encoded("int")
    assert (integers.dtype, integers.tolist()) == (np.int32, [2, 0, 0])
    categorical = encoded("categorical")
    assert (categorical.dtype, categorical.tolist()) == (np.float32, [[0, 0, 1], [1, 0, 0], [1, 0, 0]])
    binary = encoded("binary", ClassLabels([1, 0, 1, 1], multi_label=False))
    assert (binary.dtype, binary.tolist()) == (np.float32, [[1], [0], [0]])


def test_several_or_none() -> None:
    labels = ClassLabels([[0, 2], [], [1], [2]], multi_label=True)
    rows = encoded("multi_label", labels, np.array([0, 1, 2]))
    assert (rows.dtype, rows.tolist()) == (np.float32, [[1, 0, 1], [0, 0, 0], [0, 1, 0]])


@given(st.lists(st.sets(st.integers(0, 5)), min_size=1), st.data())
def test_labels_are_recovered_from_the_encoding(classes: list[set[int]], data: st.DataObject) -> None:
    labels = ClassLabels(classes, multi_label=True, num_classes=6)
    batch = np.array(data.draw(st.lists(st.integers(0, len(classes) - 1), min_size=1)))
    rows = encoded("multi_label", labels, batch)
    assert [set(np.flatnonzero(row).tolist()) for row in rows] == [classes[index] for index in batch]


def test_a_sample_has_the_weight_of_its_class() -> None:
    for label_mode in ("int", "categorical"):
        found = LabelEncoding(LABELS.counts, label_mode, [0.5, 1, 3]).encode(BATCH)["sample_weight"]
        assert (found.dtype, found.tolist()) == (np.float32, [3, 0.5, 0.5])
    assert "sample_weight" not in LabelEncoding(LABELS.counts, "int").encode(BATCH)


@pytest.mark.parametrize(
    ("label_mode", "weights", "message"),
    [
        ("binary", None, r'label_mode="binary" with 3 classes; expected 2, or label_mode="int"'),
        ("multi_label", [1, 1, 1], r'class_weights with label_mode="multi_label": .* expected oversample='),
        ("int", [1, 1], r"class_weights has the shape \(2,\); expected one weight per class, \(3,\)"),
        ("int", [1, 1, -1], r"expected finite numbers, 0 or more"),
    ],
)
def test_contradictions(label_mode: str, weights: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        LabelEncoding(LABELS.counts, label_mode, weights)
