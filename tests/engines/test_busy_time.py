"""Busy time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

import seqaug.engines.busy_time
from seqaug.engines.busy_time import BusyTime


def test_time_counts_even_if_an_error_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter([1.0, 3.0, 10.0, 15.0])
    monkeypatch.setattr(seqaug.engines.busy_time, "perf_counter", lambda: next(times))
    busy = BusyTime()
    with busy.measured():
        pass
    assert busy.seconds == 2.0
    with pytest.raises(ValueError, match="no"), busy.measured():
        raise ValueError("no")
    assert busy.seconds == 7.0


def test_many_threads_can_add() -> None:
    busy = BusyTime()
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda _: busy.add(0.5), range(2000)))
    assert busy.seconds == 1000.0
