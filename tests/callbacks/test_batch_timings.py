"""When batches were ready."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor

import pytest
from small_pairs import Pairs

import seqaug.callbacks.batch_timings
from seqaug import SegmentationSequence
from seqaug.callbacks.batch_timings import BatchTimings


def test_times_belong_to_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter([5.0, 6.0])
    monkeypatch.setattr(seqaug.callbacks.batch_timings, "perf_counter", lambda: next(times))
    timings = BatchTimings()
    requests = [timings.asked() for _ in range(3)]
    assert requests == [0, 1, 2]
    timings.ready(1)
    timings.ready(0)
    assert [timings.when_ready(request) for request in (0, 1, 2, 3)] == [6.0, 5.0, math.inf, math.inf]


def test_requests_of_many_threads_have_different_numbers() -> None:
    timings = BatchTimings()
    with ThreadPoolExecutor(8) as threads:
        numbers = list(threads.map(lambda _: timings.asked(), range(1000)))
    assert sorted(numbers) == list(range(1000))


def test_timings_do_not_grow_where_epochs_are_set_and_not_ended(pairs: Pairs) -> None:
    sequence = SegmentationSequence(pairs.pixels, pairs.ids % 3, batch_size=2, workers=0)
    for epoch in range(5):
        sequence.set_epoch(epoch)
        for batch_index in range(3):
            sequence[batch_index]
    assert len(sequence._cursor._timings._ready) == 3
