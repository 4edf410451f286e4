"""The trial of samples: what it measures, and that it is short and without traces."""

import random
import threading
import time
from typing import Any

import numpy as np
import pytest
from numbered import Numbered

from seqaug import SampleError
from seqaug.core.parallel_threads import is_parallel_thread
from seqaug.core.sample_request import SampleRequest
from seqaug.engines.trial import try_samples

REQUESTS = [SampleRequest(index, 0, index) for index in range(16)]


class Tried(Numbered):
    """A processor that notes how it is called."""

    def __init__(self, seconds: float = 0.0) -> None:
        self.seconds = seconds
        self.indices: list[int] = []
        self.threads: set[tuple[str, bool]] = set()

    def sample(self, request: SampleRequest) -> dict[str, Any]:
        self.indices.append(request.index)
        self.threads.add((threading.current_thread().name, is_parallel_thread()))
        time.sleep(self.seconds)
        return super().sample(request)


def test_samples_are_made_alone_and_in_two_threads() -> None:
    tried = Tried()
    trial = try_samples(tried, REQUESTS)
    assert trial is not None
    assert trial.row_bytes == 32
    assert trial.seconds > 0
    assert trial.thread_speedup is not None
    assert set(tried.indices) == set(range(8))
    assert tried.threads == {(threading.current_thread().name, False), ("seqaug-trial", True)}


def test_waiting_is_told_from_working() -> None:
    trial = try_samples(Tried(0.01), REQUESTS)
    assert trial is not None
    assert trial.waits > 0.5
    assert trial.seconds >= 0.01


def test_a_long_sample_is_made_once() -> None:
    tried = Tried(0.2)
    trial = try_samples(tried, REQUESTS)
    assert trial is not None
    assert (trial.thread_speedup, tried.indices) == (None, [0])


@pytest.mark.parametrize("error", [SampleError(3, "three", "bad"), RuntimeError("broken")])
def test_samples_that_cannot_be_made(error: Exception) -> None:
    class Failing(Tried):
        def sample(self, request: SampleRequest) -> dict[str, Any]:
            if request.index == 3:
                raise error
            return super().sample(request)

    assert try_samples(Failing(), REQUESTS[3:]) is None
    assert try_samples(Failing(), REQUESTS) is None


def test_global_random_state_is_kept() -> None:
    class Drawing(Tried):
        def sample(self, request: SampleRequest) -> dict[str, Any]:
            random.random()
            np.random.random()  # noqa: NPY002
            return super().sample(request)

    states = random.getstate(), np.random.get_state()[1].tolist()  # noqa: NPY002
    try_samples(Drawing(), REQUESTS)
    assert states == (random.getstate(), np.random.get_state()[1].tolist())  # noqa: NPY002
