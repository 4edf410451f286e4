"""Starting a worker process."""

from __future__ import annotations

import os
import signal

from seqaug.core.shared_memory import SharedFile
from seqaug.engines.processes.worker_handle import WorkerHandle


def test_ctrl_c_stops_no_worker_not_even_a_starting_one() -> None:
    slots = SharedFile(4096)
    worker = WorkerHandle(slots.descriptor)
    os.kill(worker.pid, signal.SIGINT)
    assert worker.reap() == "exit status 0"
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, ())
