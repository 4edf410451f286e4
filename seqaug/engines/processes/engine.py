"""The engine that works in processes."""

from __future__ import annotations

import gc
import os
import weakref
from collections.abc import Callable, Mapping

from seqaug.core.batch import Batch
from seqaug.core.forks import ForkLock, register_after_fork
from seqaug.core.sample_request import SampleRequest
from seqaug.engines.base import EngineStatus, Pending, SampleProcessor
from seqaug.engines.busy_time import BusyTime
from seqaug.engines.inline import InlinePending
from seqaug.engines.processes.pool import Pool


class ProcessEngine:
    """Makes rows in a pool of processes, which write into shared memory and share the rows of each batch.

    The processes start at the first use, live until `close`, and end with this process, however it ends. They also stop
    after `idle_seconds` without work and start again at the next use. They import neither Keras nor TensorFlow. The
    arrays of a batch are views of the shared memory, which is reused only when the last view is gone. In a fork of a
    process that has used the engine, the calling thread does the work.

    Args:
        workers: number of processes, at least 1.
        slots: number of unused batches whose memory is kept.
        idle_seconds: how long the processes live without work.

    Raises:
        ValueError: the system lacks anonymous shared memory.
    """

    is_remote = False

    def __init__(self, workers: int, slots: int, idle_seconds: float = 60.0) -> None:
        if os.name != "posix":
            raise ValueError(
                "use_multiprocessing=True needs Linux or macOS, for memory that processes share without a name; "
                "expected use_multiprocessing=False: threads"
            )
        self.workers = workers
        self._busy = BusyTime()
        self._slots = slots
        self._idle_seconds = idle_seconds
        self._lock = ForkLock()
        self._pool: Pool | None = None
        self._stop: Callable[[], object] = _do_nothing
        self._is_in_fork = False
        register_after_fork(self)

    @property
    def busy_seconds(self) -> float:
        """Time spent on the finished tasks so far, summed over the processes."""
        return self._busy.seconds

    @property
    def pids(self) -> list[int]:
        """The current workers' process ids."""
        pool = self._pool
        return [] if pool is None else pool.pids

    @property
    def status(self) -> EngineStatus:
        """The processes, with their ids."""
        pids = tuple(self.pids)
        return EngineStatus("processes", self.workers, bool(pids), pids)

    def submit(self, processor: SampleProcessor, requests: Mapping[int, SampleRequest], batch: Batch) -> Pending:
        """Queue rows of a batch.

        Args:
            processor: makes the rows; workers load it at its first use, and keep it while it lives here.
            requests: the requests, by row.
            batch: the batch.

        Raises:
            TypeError: the processor cannot be pickled.
        """
        if self._is_in_fork:
            return InlinePending(processor, requests, batch, self._busy)
        while True:
            pool = self._running_pool()
            submission = pool.submit(processor, requests, batch)
            if submission is not None:
                return submission
            with self._lock:
                if self._pool is pool:
                    self._pool, self._stop = None, _do_nothing

    def close(self) -> None:
        """Stop the processes; delivered batches stay valid."""
        with self._lock:
            self._pool, stop, self._stop = None, self._stop, _do_nothing
        stop()

    def abandon(self) -> None:
        """Stop the processes, as `close`, which waits for no row."""
        self.close()

    def after_fork(self) -> None:
        """Leave the processes to the process that started them."""
        self._is_in_fork |= self._pool is not None
        self._pool, self._stop = None, _do_nothing

    def _running_pool(self) -> Pool:
        if self._pool is None and Pool.any_is_running():
            # A sequence of a subclass is a reference cycle: unreferenced ones may keep their workers and memory for
            # long. A collection takes half a second where TensorFlow and torch are imported.
            gc.collect()
        with self._lock:
            if self._pool is None:
                self._pool = Pool(self.workers, self._slots, self._busy, self._idle_seconds)
                # Also runs at interpreter exit. The pool's thread refers to the pool and not to this engine.
                self._stop = weakref.finalize(self, self._pool.stop)
            return self._pool


def _do_nothing() -> None:
    """Stop no pool: none is running."""
