"""The warning about one-hot masks with ignored pixels, which is issued once."""

from __future__ import annotations

import sys
import warnings
from typing import Any

import pytest
from small_pairs import Pairs

import seqaug.pipeline.empty_rows
from seqaug import SegmentationSequence, SeqaugWarning


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a process that has not issued it."""
    seqaug.pipeline.empty_rows._warn.cache_clear()
    monkeypatch.delitem(sys.modules, "seqaug.losses", raising=False)
    monkeypatch.delitem(sys.modules, "seqaug.metrics", raising=False)


def make(pairs: Pairs, **arguments: Any) -> None:
    settings = {"num_classes": 3, "ignore_index": 255, "mask_encoding": "one_hot", "workers": 0}
    SegmentationSequence(pairs.pixels, pairs.ids, **{**settings, **arguments})


def test_it_is_issued_once_at_the_users_line(pairs: Pairs) -> None:
    with pytest.warns(SeqaugWarning, match=r"one_hot.*ignore_index=255: .*seqaug\.losses\.Dice") as caught:
        make(pairs)
    assert caught[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        make(pairs)


@pytest.mark.parametrize(
    "arguments",
    [
        {"mask_encoding": "sparse"},
        {"num_classes": 256, "ignore_index": None},
        {"class_weights": "uniform"},
        {"class_weights": [1, 2, 3]},
    ],
)
def test_it_is_not_issued_if_it_does_not_matter(pairs: Pairs, arguments: dict[str, Any]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        make(pairs, **arguments)


@pytest.mark.parametrize("module", ["seqaug.losses", "seqaug.metrics"])
def test_it_is_not_issued_if_the_remedy_is_imported(pairs: Pairs, monkeypatch: pytest.MonkeyPatch, module: str) -> None:
    monkeypatch.setitem(sys.modules, module, seqaug)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        make(pairs)
