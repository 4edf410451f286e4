"""Groups of samples that stay together."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd
import pytest

from seqaug.sources.groups import group_codes

PATHS = ["data/p1_a.png", "data/p2_a.png", "data/p1_b.png", "data/p10_a.png"]
ARRAYS = [np.zeros((2, 2, 3))] * 4


@pytest.mark.parametrize(
    "groups",
    [
        ["p1", "p2", "p1", "p10"],
        [7, 3, 7, 1],
        (("a", 1), ("b", 1), ("a", 1), ("a", 2)),
        np.array([1.5, 2.5, 1.5, 3.5]),
        pd.Series(["x", "y", "x", "z"], index=[9, 8, 7, 6]),
        r"(p\d+)_",
        re.compile(r"/(?P<patient>[^_]+)"),
        lambda path: path.split("_")[0],
    ],
)
def test_groups_are_numbered(groups: Any) -> None:
    assert group_codes(groups, PATHS).tolist() == [0, 1, 0, 2]


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        (["a", "b"], "groups has 2 values, and there are 4 samples; expected one group for each sample, a function"),
        (["a", None, "b", "c"], r"sample 1, data/p2_a.png, has no group \(None\)"),
        ([1.0, float("nan"), 2.0, 3.0], r"sample 1, data/p2_a.png, has no group \(nan\)"),
        (pd.Series(["a", pd.NA, "b", "c"], dtype=object), r"has no group \(<NA>\)"),
        ("p[0-9]+", r"groups='p\[0-9\]\+' has 0 groups in parentheses; .*such as r\"\(patient"),
        ("(p)([0-9]+)", "has 2 groups in parentheses"),
        ("(p", "is no regular expression"),
        ("(p1)_", "does not match data/p2_a.png; expected a regular expression that finds the group of every image"),
        ("(data)", "all 4 samples are in one group, 'data', which cannot be split"),
        (lambda path: {}[path], r"groups, a function, failed on data/p1_a.png \(KeyError: 'data/p1_a.png'\)"),
    ],
)
def test_groups_that_cannot_be(groups: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        group_codes(groups, PATHS)


@pytest.mark.parametrize(
    ("groups", "images", "message"),
    [
        (3, PATHS, "groups is a int; expected one group for each sample"),
        ([[1], [2], [1], [3]], PATHS, "the group of sample 0, data/p1_a.png, is a list; expected a string"),
        ("(p)", ARRAYS, r"groups is the pattern '\(p\)' of paths, and the images are arrays; expected one group for"),
        (len, ARRAYS, "groups is a function of paths, and the images are arrays"),
    ],
)
def test_groups_of_the_wrong_type(groups: Any, images: Any, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        group_codes(groups, images)
