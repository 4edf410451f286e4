"""Starting a worker process."""

from __future__ import annotations

import os
import signal

import pytest
from leftovers import descendants, wait_until

from seqaug.core.shared_memory import SharedFile
from seqaug.engines.processes import fork_server
from seqaug.engines.processes.worker_handle import WorkerHandle


@pytest.fixture(params=[True, False], ids=["forked", "not forked"])
def worker(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> WorkerHandle:
    monkeypatch.setattr(fork_server, "FORKS", request.param)
    slots = SharedFile(4096)
    return WorkerHandle(slots.descriptor, [])


def test_ctrl_c_stops_no_worker_not_even_a_starting_one(worker: WorkerHandle) -> None:
    os.kill(worker._server.pid, signal.SIGINT)
    wait_until(lambda: worker.pid is not None, "the worker starts")
    assert worker.pid is not None
    os.kill(worker.pid, signal.SIGINT)
    assert worker.reap() == "exit status 0"
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, ())


def test_the_signal_that_killed_it(worker: WorkerHandle) -> None:
    wait_until(lambda: worker.pid is not None, "the worker starts")
    worker.kill()
    assert worker.reap() == "signal 9"


def test_a_worker_that_is_killed_before_it_starts_does_not_start() -> None:
    server = WorkerHandle(SharedFile(4096).descriptor, [])
    pid = server._server.pid
    server.kill()
    assert server.reap() in ("not started", "signal 9")
    assert pid not in descendants()
