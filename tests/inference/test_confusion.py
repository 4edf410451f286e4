"""The confusion matrix and what follows from it, against loops."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqaug.inference import confusion as confusion_module
from seqaug.inference.confusion import (
    confusion_matrix,
    dice,
    intersection_over_union,
    mean_of_known,
    pixel_accuracy,
    precision,
    recall,
)

IDS = st.lists(st.tuples(st.sampled_from([0, 1, 2, 3, 255]), st.integers(0, 3)), min_size=1, max_size=60)


@given(IDS, st.sampled_from([None, 2, 255]))
def test_against_loops(pairs: list[tuple[int, int]], ignore_index: int | None) -> None:
    truth, predicted = np.array(pairs, np.uint8).T
    confusion = confusion_matrix(truth, predicted, 4, ignore_index)
    counted = [(t, p) for t, p in pairs if t < 4 and t != ignore_index]
    for i in range(4):
        for j in range(4):
            assert confusion[i, j] == counted.count((i, j))
    measures = [measure(confusion) for measure in (intersection_over_union, dice, precision, recall)]
    for k in range(4):
        hits = sum(t == p == k for t, p in counted)
        false_positives = sum(p == k != t for t, p in counted)
        false_negatives = sum(t == k != p for t, p in counted)
        if not hits + false_positives + false_negatives:
            assert np.isnan([measure[k] for measure in measures]).all()
            continue
        expected = [
            hits / (hits + false_positives + false_negatives),
            2 * hits / (2 * hits + false_positives + false_negatives),
            hits / (hits + false_positives) if hits + false_positives else 0,
            hits / (hits + false_negatives) if hits + false_negatives else 0,
        ]
        assert [measure[k] for measure in measures] == pytest.approx(expected)
    if counted:
        assert pixel_accuracy(confusion) == pytest.approx(sum(t == p for t, p in counted) / len(counted))
    else:
        assert np.isnan(pixel_accuracy(confusion))


def test_large_images_are_counted_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    truth, predicted = np.random.default_rng(0).integers(0, 5, (2, 30, 40)).astype(np.uint8)
    expected = confusion_matrix(truth, predicted, 5)
    monkeypatch.setattr(confusion_module, "_BLOCK", 7)
    np.testing.assert_array_equal(confusion_matrix(truth, predicted, 5), expected)
    assert expected.sum() == 1200


def test_shapes_must_be_equal() -> None:
    with pytest.raises(ValueError, match=r"the mask is \(2, 3\) and the prediction \(3, 2\)"):
        confusion_matrix(np.zeros((2, 3), np.uint8), np.zeros((3, 2), np.uint8), 2)


def test_the_mean_leaves_out_nan() -> None:
    assert mean_of_known(np.array([0.5, np.nan, 0])) == 0.25
    assert np.isnan(mean_of_known(np.array([np.nan])))
