"""Listeners of events, and what a sequence announces."""

from __future__ import annotations

import gc
import math
from typing import Any

from small_pairs import Pairs

from seqaug import SegmentationSequence
from seqaug.callbacks.events import EpochStarted, Event, epoch_started


class Listener:
    def __init__(self) -> None:
        self.heard: list[Any] = []

    def hear(self, event: Any) -> None:
        self.heard.append(event)


def test_listeners_hear_until_they_stop() -> None:
    event: Event[str] = Event()
    listener = Listener()
    event.announce("before")
    event.listen(listener.hear)
    event.listen(listener.hear)
    event.announce("once")
    event.stop_listening(listener.hear)
    event.stop_listening(listener.hear)
    event.announce("after")
    assert listener.heard == ["once"]


def test_events_are_separate_and_keep_no_listener_alive() -> None:
    event: Event[str] = Event()
    other: Event[str] = Event()
    first, second = Listener(), Listener()
    event.listen(first.hear)
    other.listen(first.hear)
    event.listen(second.hear)
    del second
    gc.collect()
    event.announce("here")
    assert first.heard == ["here"]
    assert len(event._listeners) == 1


def test_a_sequence_starts_each_epoch_with_new_timings(pairs: Pairs) -> None:
    sequence = SegmentationSequence(pairs.pixels, pairs.ids % 3, batch_size=2, workers=0)
    listener = Listener()
    epoch_started.listen(listener.hear)
    for _ in range(2):
        sequence.on_epoch_begin()
        for batch_index in range(3):
            sequence[batch_index]
        sequence.on_epoch_end()
    epoch_started.stop_listening(listener.hear)
    events: list[EpochStarted] = listener.heard
    first, second = events
    assert first.timings is not second.timings
    for event in events:
        assert [math.isfinite(event.timings.when_ready(request)) for request in range(4)] == [True] * 3 + [False]
        assert event.worker_stats.busy_seconds > 0
