"""Labels, however they are said."""

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
def test_ways_to_say_ids(labels: Any) -> None:
    for several in (False, True):
        known = ClassLabels(labels, several=several)
        assert (known.num_classes, known.class_names, len(known)) == (3, None, 4)
        ids = known.ids()
        assert (ids.dtype, ids.tolist()) == (np.int32, [2, 0, 1, 2])
        assert known.counts.to_rows().tolist() == np.eye(3)[[2, 0, 1, 2]].tolist()


def test_names() -> None:
    known = ClassLabels(["dog", "Cat", "über", "dog"], several=False)
    assert (known.class_names, known.ids().tolist()) == (["Cat", "dog", "über"], [1, 0, 2, 1])
    said = ClassLabels(np.array(["b", "a"]), several=False, class_names=["b", "c", "a"])
    assert (said.num_classes, said.ids().tolist()) == (3, [0, 2])
    numbered = ClassLabels([1, 1], several=False, class_names=["b", "c", "a"])
    assert (numbered.class_names, numbered.ids().tolist()) == (["b", "c", "a"], [1, 1])


def test_several_and_none() -> None:
    known = ClassLabels([["b", "a", "b"], [], "c"], several=True)
    assert known.ids() == [(0, 1), (), (2,)]
    assert [known.of_sample(index) for index in range(3)] == [[0, 1], [], [2]]
    assert known.counts.data.tolist() == [1, 1, 1]
    assert known.ids(np.array([2, 0])) == [(2,), (0, 1)]
    table = ClassLabels(np.array([[1, 1, 0], [0, 0, 0]]), several=True, class_names=["x", "y", "z"])
    assert (table.ids(), table.num_classes) == ([(0, 1), ()], 3)


@given(st.lists(st.sets(st.sampled_from("abcde"), max_size=4), min_size=1), st.booleans())
def test_ids_are_labels_again(classes: list[set[str]], as_table: bool) -> None:
    known = ClassLabels(classes, several=True, class_names=list("abcde"))
    again = known.counts.to_rows() if as_table else known.ids()
    told = ClassLabels(again, several=True, class_names=known.class_names, num_classes=known.num_classes)
    assert np.array_equal(told.counts.to_rows(), known.counts.to_rows())
    assert [{"abcde"[number] for number in told.of_sample(index)} for index in range(len(classes))] == classes


def test_more_classes_than_there_are_samples_of() -> None:
    assert ClassLabels([0, 1], several=False, num_classes=5).num_classes == 5
    assert ClassLabels([], several=True, num_classes=5).num_classes == 5


@pytest.mark.parametrize(
    ("labels", "arguments", "error", "message"),
    [
        ([0, [1, 2]], {}, ValueError, r"labels\[1\] has 2 classes; expected one class .*label_mode=\"multi_label\""),
        ([0, []], {}, ValueError, r"labels\[1\] has 0 classes"),
        (np.array([[1, 0], [0, 0]]), {}, ValueError, r"labels\[1\] has 0 classes"),
        (np.zeros((2, 4, 4)), {}, ValueError, r"labels have the shape \(2, 4, 4\); expected \(N,\), or \(N, K\)"),
        (np.array([[0.5, 0.5]]), {}, ValueError, r"shape \(N, K\) hold other numbers than 0 and 1"),
        (np.eye(3), {"num_classes": 4}, ValueError, r"labels have 3 columns, and there are 4 classes"),
        (np.eye(3), {"class_names": ["a"]}, ValueError, r"labels have 3 columns, and there are 1 classes"),
        ([0, -1], {}, ValueError, r"labels\[1\] is -1; expected class ids from 0 to 0"),
        ([0, 3], {"num_classes": 3}, ValueError, r"labels\[1\] is 3; expected class ids from 0 to 2, as there are 3"),
        ([0, 70_000], {}, ValueError, r"70001 classes; expected at most 65536"),
        ([0, None], {}, TypeError, r"labels\[1\] is None; expected class ids, whole numbers from 0, or names"),
        ([0, float("nan")], {}, TypeError, r"labels\[1\] is nan; expected"),
        ([0, 0.5], {}, TypeError, r"labels\[1\] is 0.5; expected"),
        (["a", 1], {}, TypeError, r"labels\[0\] is 'a'; expected class ids.* the same for all"),
        (
            ["a", "d"],
            {"class_names": ["a", "b"]},
            ValueError,
            r"labels\[1\] is 'd', .* none of the 2 classes: 'a', 'b'",
        ),
        (["a"], {"class_names": ["a", "a"]}, ValueError, r"class_names has 'a' twice"),
        (["a"], {"class_names": "a"}, TypeError, r"class_names='a' is one name"),
        (["a"], {"class_names": [1]}, TypeError, r"class_names has 1; expected text"),
        (["a"], {"class_names": []}, ValueError, r"class_names is empty"),
        ([0], {"class_names": ["a"], "num_classes": 2}, ValueError, r"num_classes=2 and 1 class_names; leave"),
        ([0], {"num_classes": 0}, ValueError, r"num_classes=0; expected at least 1"),
    ],
)
def test_what_are_no_labels(labels: Any, arguments: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        ClassLabels(labels, several=False, **arguments)
