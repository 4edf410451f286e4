"""Starting a worker process."""

from __future__ import annotations

import os
import signal

from seqaug.core.shared_memory import SharedFile
from seqaug.engines.processes.worker_handle import WorkerHandle


def test_ctrl_c_reaches_no_worker_not_even_one_that_is_starting() -> None:
    arena = SharedFile(4096)
    worker = WorkerHandle(arena.descriptor)
    os.kill(worker.pid, signal.SIGINT)
    assert worker.end() == "exit status 0"
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, ())
