"""The engine that chooses its workers."""

import logging
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numbered import Numbered

import seqaug.engines.auto
from seqaug.core.batch import Batch
from seqaug.core.sample_request import SampleRequest
from seqaug.engines.auto import AutoEngine
from seqaug.engines.base import EngineStatus
from seqaug.engines.choice import Choice
from seqaug.engines.factory import make_engine
from seqaug.engines.processes.engine import ProcessEngine

REQUESTS = {row: SampleRequest(row + 3, 0, row) for row in range(4)}
CHOICES = [Choice(0, use_processes=False, reason="it is so"), Choice(3, use_processes=False, reason="it is so")]
CHOICES.append(Choice(2, use_processes=True, reason="it is so"))


def choosing(choice: Choice) -> Callable[..., Choice]:
    return lambda trial, **limits: choice


def rows(engine: Any) -> list[int]:
    batch = Batch(4)
    assert engine.submit(PROCESSOR, REQUESTS, batch).result() == []
    return batch.arrays["image"][:, 0, 0].tolist()


PROCESSOR = Numbered()


@pytest.mark.parametrize("choice", CHOICES, ids=lambda choice: choice.label)
def test_rows_come_from_the_chosen_workers(
    choice: Choice, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(seqaug.engines.auto, "choose", choosing(choice))
    before = set(threading.enumerate())
    engine = AutoEngine(10)
    assert rows(engine) == [3, 4, 5, 6]  # a job at construction
    assert engine.status == EngineStatus("auto", 0)
    busy = engine.busy_seconds
    with caplog.at_level(logging.INFO, logger="seqaug"):
        assert engine.decide(PROCESSOR, REQUESTS.values()) == choice
        assert engine.decide(PROCESSOR, []) == choice
    assert caplog.messages == [f'workers="auto": {choice.label}, as it is so']
    assert rows(engine) == [3, 4, 5, 6]
    assert engine.busy_seconds > busy
    assert engine.workers == max(choice.workers, 1)
    assert engine.has_processes == choice.use_processes
    assert engine.status.workers == choice.workers
    assert len(engine.status.pids) == (2 if choice.use_processes else 0)
    engine.close()
    assert rows(engine) == [3, 4, 5, 6]
    engine.close()
    assert set(threading.enumerate()) <= before


def test_what_cannot_be_sent_stays_in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    class Locked(Numbered):
        def __init__(self) -> None:
            self.lock = None

        def sample(self, request: SampleRequest) -> dict[str, Any]:
            self.lock = threading.Lock()  # as a file that is opened at its first use
            return {"image": np.full((2, 2), request.index)}

    limits: dict[str, Any] = {}

    def choose(trial: Any, **given: Any) -> Choice:
        limits.update(given)
        return CHOICES[1]

    monkeypatch.setattr(seqaug.engines.auto, "choose", choose)
    monkeypatch.setattr(seqaug.engines.auto, "most_workers", lambda: 4)
    engine = AutoEngine(10)
    engine.decide(Locked(), REQUESTS.values())
    engine.close()
    assert limits == {
        "cores": 4,
        "processes": 0,
        "why_no_processes": "the transform or load() cannot be sent to processes",
    }


def test_threads_that_ask_at_the_same_time_get_one_choice(caplog: pytest.LogCaptureFixture) -> None:
    engine, choices = AutoEngine(10), []
    asking = [
        threading.Thread(target=lambda: choices.append(engine.decide(PROCESSOR, REQUESTS.values()))) for _ in range(4)
    ]
    with caplog.at_level(logging.INFO, logger="seqaug"):
        for thread in asking:
            thread.start()
        for thread in asking:
            thread.join(60)
    engine.close()
    assert len(set(choices)) == len(caplog.messages) == 1


def test_processes_on_request(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="seqaug"):
        engine = make_engine("auto", use_multiprocessing=True, max_queue_size=3)
    assert isinstance(engine, ProcessEngine)
    assert engine.workers >= 1
    assert caplog.messages[0].endswith(", as use_multiprocessing=True")
