"""The engine that works in processes."""

from __future__ import annotations

import gc
import os
import weakref
from collections.abc import Callable, Mapping

from seqaug.core.batch import Batch
from seqaug.core.forks import ForkLock, register_after_fork
from seqaug.core.sample_request import SampleRequest
from seqaug.engines.base import Pending, SampleProcessor
from seqaug.engines.busy_time import BusyTime
from seqaug.engines.inline import InlinePending
from seqaug.engines.processes.pool import Pool


class ProcessEngine:
    """Makes rows in a pool of processes, which write them into shared memory and also share the rows of one batch.

    The processes start at the first use, live until `close`, and end with this process, however it ends. They also end
    after a time in which nothing was asked of them, and start anew when something is: for those that somebody keeps
    and nobody uses. They import neither Keras nor TensorFlow. The arrays of a batch are views of the shared memory,
    which is used again only when the last view is gone. In a fork of a process that has used it, the thread that asks
    does the work.

    Args:
        workers: the number of processes, at least 1.
        slots: batches for which memory is kept while nobody holds them.
        idle_seconds: how long the processes live with nothing to do.

    Raises:
        ValueError: the system has no means for it.
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
        """The time that the processes have spent on rows so far, added up, as far as they have told."""
        return self._busy.seconds

    @property
    def pids(self) -> list[int]:
        """The process ids of the workers, as they are now."""
        pool = self._pool
        return [] if pool is None else pool.pids

    def submit(self, processor: SampleProcessor, requests: Mapping[int, SampleRequest], batch: Batch) -> Pending:
        """Queue rows of a batch.

        Args:
            processor: what makes the rows; the workers get it at its first call, and hold it as long as it lives here.
            requests: for each row number, what is to stand there.
            batch: the batch.

        Raises:
            TypeError: it cannot be sent to another process.
        """
        if self._is_in_fork:
            return InlinePending(processor, requests, batch, self._busy)
        while True:
            pool = self._living_pool()
            job = pool.submit(processor, requests, batch)
            if job is not None:
                return job
            with self._lock:
                if self._pool is pool:
                    self._pool, self._stop = None, _do_nothing

    def close(self) -> None:
        """End the processes; batches that were delivered stay as they are."""
        with self._lock:
            self._pool, stop, self._stop = None, self._stop, _do_nothing
        stop()

    def abandon(self) -> None:
        """End the processes, as `close`, which waits for no row."""
        self.close()

    def after_fork(self) -> None:
        """Leave the processes to the process that started them."""
        self._is_in_fork |= self._pool is not None
        self._pool, self._stop = None, _do_nothing

    def _living_pool(self) -> Pool:
        if self._pool is None:
            # A subclass's sequence refers to itself: one that nobody has any more is garbage, with its workers and its
            # memory, but may live for long. Next to the start of processes, this takes no time.
            gc.collect()
        with self._lock:
            if self._pool is None:
                self._pool = Pool(self.workers, self._slots, self._busy, self._idle_seconds)
                # Also at the end of the interpreter. The pool's thread knows the pool and not this engine.
                self._stop = weakref.finalize(self, self._pool.stop)
            return self._pool


def _do_nothing() -> None:
    """Stand for the end of a pool that there is not."""
