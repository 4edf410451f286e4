"""What is noted of batches, and who hears of epochs."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from small_pairs import Pairs

import seqaug.callbacks.batch_timings
from seqaug import SegmentationSequence
from seqaug.callbacks.batch_timings import BatchTimings, EpochStarted, announce, listen, stop_listening


class Ear:
    def __init__(self) -> None:
        self.heard: list[Any] = []

    def epoch_begun(self, begun: EpochStarted) -> None:
        self.heard.append(begun)


def test_times_belong_to_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter([5.0, 6.0])
    monkeypatch.setattr(seqaug.callbacks.batch_timings, "perf_counter", lambda: next(times))
    deliveries = BatchTimings()
    requests = [deliveries.asked() for _ in range(3)]
    assert requests == [0, 1, 2]
    deliveries.ready(1)
    deliveries.ready(0)
    assert [deliveries.when_ready(request) for request in (0, 1, 2, 3)] == [6.0, 5.0, math.inf, math.inf]


def test_requests_of_many_threads_have_numbers_of_their_own() -> None:
    deliveries = BatchTimings()
    with ThreadPoolExecutor(8) as threads:
        numbers = list(threads.map(lambda _: deliveries.asked(), range(1000)))
    assert sorted(numbers) == list(range(1000))


def test_listeners_hear_until_they_stop() -> None:
    ear = Ear()
    announce(EpochStarted(BatchTimings(), None, None))  # type: ignore[arg-type]
    listen(ear)
    begun = EpochStarted(BatchTimings(), None, None)  # type: ignore[arg-type]
    announce(begun)
    stop_listening(ear)
    announce(begun)
    assert ear.heard == [begun]


def test_a_sequence_begins_each_epoch_with_deliveries_of_its_own(pairs: Pairs) -> None:
    sequence = SegmentationSequence(pairs.pixels, pairs.ids % 3, batch_size=2, workers=0)
    ear = Ear()
    listen(ear)
    for _ in range(2):
        sequence.on_epoch_begin()
        for number in range(3):
            sequence[number]
        sequence.on_epoch_end()
    stop_listening(ear)
    first, second = ear.heard
    assert first.deliveries is not second.deliveries
    for begun in (first, second):
        assert [math.isfinite(begun.deliveries.when_ready(request)) for request in range(4)] == [True] * 3 + [False]
        assert begun.workforce.busy_seconds > 0


def test_what_is_noted_does_not_grow_where_no_epoch_is_ended(pairs: Pairs) -> None:
    sequence = SegmentationSequence(pairs.pixels, pairs.ids % 3, batch_size=2, workers=0)
    for epoch in range(5):
        sequence.set_epoch(epoch)
        for number in range(3):
            sequence[number]
    assert len(sequence._deliveries._ready) == 3
