"""Samples that several rows need are loaded once, and kept no longer than needed."""

import gc
import weakref
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqaug import SampleError
from seqaug.pipeline.shared_samples import SharedSamples


@given(st.lists(st.integers(0, 4), max_size=20))
def test_each_sample_is_loaded_once_and_kept_until_its_last_use(indices: list[int]) -> None:
    shared, loaded, alive = SharedSamples(indices), [], {}

    def load(index: int) -> dict[str, Any]:
        loaded.append(index)
        image = np.full(2, index)
        alive[index] = weakref.ref(image)
        return {"image": image}

    for number, index in enumerate(indices):
        sample = shared.get(index, lambda index=index: load(index))
        assert sample["image"].tolist() == [index, index]
        del sample
        gc.collect(0)
        for before in set(indices[: number + 1]):
            assert (alive[before]() is not None) == (before in indices[number + 1 :])
    assert sorted(loaded) == sorted(set(indices))


def test_uses_that_were_not_announced_keep_nothing() -> None:
    shared, loaded = SharedSamples([5, 5]), []

    def load() -> dict[str, Any]:
        loaded.append(len(loaded))
        return {"image": np.zeros(1)}

    first = shared.get_uncounted(5, load)
    kept = shared.get(5, load)
    assert kept is not first
    assert shared.get_uncounted(5, load) is kept
    assert shared.get(5, load) is kept
    assert shared.get_uncounted(5, load) is not kept
    assert loaded == [0, 1, 2]


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
