"""Class labels in all accepted forms."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqaug.sources.class_labels import ClassLabels


@pytest.mark.parametrize(
    "labels",
    [
        [2, 0, 1, 2],
        (2.0, 0.0, 1.0, 2.0),
        np.array([2, 0, 1, 2], np.uint8),
        np.array([[2], [0], [1], [2]]),
        np.array([2.0, 0, 1, 2]),
        np.array([2, 0, 1, 2], object),
        pd.Series([2, 0, 1, 2]),
        [[2], (0,), {1}, np.array([2])],
        [2, np.int64(0), True, pd.Series([2])],
        np.eye(3)[[2, 0, 1, 2]],
        np.eye(3, dtype=bool)[[2, 0, 1, 2]],
        pd.DataFrame(np.eye(3, dtype=int)[[2, 0, 1, 2]]),
    ],
    ids=repr,
)
def test_forms_of_ids(labels: Any) -> None:
    for multi_label in (False, True):
        parsed = ClassLabels(labels, multi_label=multi_label)
        assert (parsed.num_classes, parsed.class_names, len(parsed)) == (3, None, 4)
        ids = parsed.ids()
        assert (ids.dtype, ids.tolist()) == (np.int32, [2, 0, 1, 2])
        assert parsed.counts.to_rows().tolist() == np.eye(3)[[2, 0, 1, 2]].tolist()


def test_names() -> None:
    parsed = ClassLabels(["dog", "Cat", "über", "dog"], multi_label=False)
    assert (parsed.class_names, parsed.ids().tolist()) == (["Cat", "dog", "über"], [1, 0, 2, 1])
    named = ClassLabels(np.array(["b", "a"]), multi_label=False, class_names=["b", "c", "a"])
    assert (named.num_classes, named.ids().tolist()) == (3, [0, 2])
    numbered = ClassLabels([1, 1], multi_label=False, class_names=["b", "c", "a"])
    assert (numbered.class_names, numbered.ids().tolist()) == (["b", "c", "a"], [1, 1])


def test_several_classes_and_none() -> None:
    parsed = ClassLabels([["b", "a", "b"], [], "c"], multi_label=True)
    assert parsed.ids() == [(0, 1), (), (2,)]
    assert [parsed.of_sample(index) for index in range(3)] == [[0, 1], [], [2]]
    assert parsed.counts.data.tolist() == [1, 1, 1]
    assert parsed.ids(np.array([2, 0])) == [(2,), (0, 1)]
    table = ClassLabels(np.array([[1, 1, 0], [0, 0, 0]]), multi_label=True, class_names=["x", "y", "z"])
    assert (table.ids(), table.num_classes) == ([(0, 1), ()], 3)


@given(st.lists(st.sets(st.sampled_from("abcde"), max_size=4), min_size=1), st.booleans())
def test_ids_are_accepted_as_labels(classes: list[set[str]], as_table: bool) -> None:
    parsed = ClassLabels(classes, multi_label=True, class_names=list("abcde"))
    ids = parsed.counts.to_rows() if as_table else parsed.ids()
    reparsed = ClassLabels(ids, multi_label=True, class_names=parsed.class_names, num_classes=parsed.num_classes)
    assert np.array_equal(reparsed.counts.to_rows(), parsed.counts.to_rows())
    assert [{"abcde"[number] for number in reparsed.of_sample(index)} for index in range(len(classes))] == classes


def test_classes_without_samples() -> None:
    assert ClassLabels([0, 1], multi_label=False, num_classes=5).num_classes == 5
    assert ClassLabels([], multi_label=True, num_classes=5).num_classes == 5


@pytest.mark.parametrize(
    ("labels", "arguments", "error", "message"),
    [
        ([0, [1, 2]], {}, ValueError, r"labels\[1\] has 2 classes; expected one class .*label_mode=\"multi_label\""),
        ([0, []], {}, ValueError, r"labels\[1\] has 0 classes"),
        (np.array([[1, 0], [0, 0]]), {}, ValueError, r"labels\[1\] has 0 classes"),
        (np.zeros((2, 4, 4)), {}, ValueError, r"labels have the shape \(2, 4, 4\); expected \(N,\), or \(N, K\)"),
        (np.array([[0.5, 0.5]]), {}, ValueError, r"shape \(N, K\) hold numbers other than 0 and 1"),
        (np.eye(3), {"num_classes": 4}, ValueError, r"labels have 3 columns, but there are 4 classes"),
        (np.eye(3), {"class_names": ["a"]}, ValueError, r"labels have 3 columns, but there are 1 classes"),
        ([0, -1], {}, ValueError, r"labels\[1\] is -1; expected class ids from 0 to 0"),
        ([0, 3], {"num_classes": 3}, ValueError, r"labels\[1\] is 3; expected class ids from 0 to 2, as there are 3"),
        ([0, 70_000], {}, ValueError, r"70001 classes; expected at most 65536"),
        ([0, None], {}, TypeError, r"labels\[1\] is None; expected class ids \(whole numbers from 0\) or class names"),
        ([0, float("nan")], {}, TypeError, r"labels\[1\] is nan; expected"),
        ([0, 0.5], {}, TypeError, r"labels\[1\] is 0.5; expected"),
        (["a", 1], {}, TypeError, r"labels\[0\] is 'a'; expected class ids.* the same kind for all"),
        (
            ["a", "d"],
            {"class_names": ["a", "b"]},
            ValueError,
            r"labels\[1\] is 'd', not one of the 2 classes: 'a', 'b'",
        ),
        (["a"], {"class_names": ["a", "a"]}, ValueError, r"class_names has 'a' twice"),
        (["a"], {"class_names": "a"}, TypeError, r"class_names='a' is one name"),
        (["a"], {"class_names": [1]}, TypeError, r"class_names has 1; expected strings"),
        (["a"], {"class_names": []}, ValueError, r"class_names is empty"),
        ([0], {"class_names": ["a"], "num_classes": 2}, ValueError, r"num_classes=2 and 1 class_names; leave"),
        ([0], {"num_classes": 0}, ValueError, r"num_classes=0; expected at least 1"),
    ],
)
def test_invalid_labels(labels: Any, arguments: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        ClassLabels(labels, multi_label=False, **arguments)
