"""Samples that several rows need are loaded once, and kept no longer than needed."""

import threading
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqaug import SampleError
from seqaug.pipeline.shared_samples import SharedSamples


@given(st.lists(st.lists(st.integers(0, 5), min_size=1, max_size=4), max_size=12))
def test_each_sample_is_loaded_once_and_kept_until_the_last_row_that_needs_it(rows: list[list[int]]) -> None:
    shared, loaded = SharedSamples(chain.from_iterable(rows)), []

    def load(index: int) -> dict[str, Any]:
        loaded.append(index)
        return {"image": np.full(2, index)}

    for number, row in enumerate(rows):
        for index in row:
            assert shared.get(index, lambda index=index: load(index))["image"].tolist() == [index, index]
        shared.release(row)
        assert set(shared._kept) <= set(chain.from_iterable(rows[number + 1 :]))
    assert sorted(loaded) == sorted(set(chain.from_iterable(rows)))


def test_uses_that_were_not_announced_keep_nothing() -> None:
    shared, loaded = SharedSamples([5, 5]), []

    def load() -> dict[str, Any]:
        loaded.append(len(loaded))
        return {"image": np.zeros(1)}

    assert shared.get(4, load) is not shared.get(4, load)
    kept = shared.get(5, load)
    assert shared.get(5, load) is kept
    shared.release([5, 4])
    assert shared.get(5, load) is kept
    shared.release([5])
    assert shared.get(5, load) is not kept
    assert shared._kept == {}


def test_threads_load_a_sample_once() -> None:
    shared, loaded, others = SharedSamples([5] * 4), [], threading.Barrier(4, timeout=30)

    def load() -> dict[str, Any]:
        loaded.append(5)
        return {"image": np.zeros(1)}

    def row() -> dict[str, Any]:
        others.wait()
        return shared.get(5, load)

    with ThreadPoolExecutor(4) as threads:
        found = [future.result() for future in [threads.submit(row) for _ in range(4)]]
    assert loaded == [5]
    assert all(sample is found[0] for sample in found)


def test_a_sample_that_cannot_be_loaded_is_tried_once() -> None:
    shared, tries = SharedSamples([5, 5, 5]), []

    def load() -> dict[str, Any]:
        tries.append(5)
        raise SampleError(5, "five", "bad")

    for _ in range(3):
        with pytest.raises(SampleError, match="bad"):
            shared.get(5, load)
    assert tries == [5]


def test_other_errors_are_not_kept() -> None:
    shared, answers = SharedSamples([5, 5]), iter([KeyboardInterrupt(), {"image": np.zeros(1)}])

    def load() -> dict[str, Any]:
        answer = next(answers)
        if isinstance(answer, BaseException):
            raise answer
        return answer

    with pytest.raises(KeyboardInterrupt):
        shared.get(5, load)
    assert shared.get(5, load)["image"].tolist() == [0]
