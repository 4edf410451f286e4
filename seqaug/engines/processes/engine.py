"""The engine that works in processes."""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Callable, Mapping

from seqaug.batch import Batch
from seqaug.draw import Draw
from seqaug.engines.base import Pending, RowMaker
from seqaug.engines.busy import BusyTime
from seqaug.engines.processes.pool import Pool


class ProcessEngine:
    """Makes rows in a pool of processes, which write them into shared memory and also share the rows of one batch.

    The processes start at the first use, live until `close`, and end with this process, however it ends. They import
    neither Keras nor TensorFlow. The arrays of a batch are views of the shared memory, which is used again only when
    the last view is gone.

    Args:
        workers: the number of processes, at least 1.
        slots: batches for which memory is kept while nobody holds them.

    Raises:
        ValueError: the system has no means for it.
    """

    is_elsewhere = False

    def __init__(self, workers: int, slots: int) -> None:
        if os.name != "posix":
            raise ValueError(
                "use_multiprocessing=True needs Linux or macOS, for memory that processes share without a name; "
                "expected use_multiprocessing=False: threads"
            )
        self.workers = workers
        self._busy = BusyTime()
        self._slots = slots
        self._lock = threading.Lock()
        self._pool: Pool | None = None
        self._stop: Callable[[], object] = _do_nothing

    @property
    def busy_seconds(self) -> float:
        """The time that the processes have spent on rows so far, added up, as far as they have told."""
        return self._busy.seconds

    @property
    def pids(self) -> list[int]:
        """The process ids of the workers, as they are now."""
        pool = self._pool
        return [] if pool is None else pool.pids

    def submit(self, maker: RowMaker, draws: Mapping[int, Draw], batch: Batch) -> Pending:
        """Queue rows of a batch.

        Args:
            maker: what makes the rows; the workers get it at its first call, and hold it as long as it lives here.
            draws: for each row number, what is to stand there.
            batch: the batch.

        Raises:
            TypeError: it cannot be sent to another process.
        """
        while True:
            pool = self._living_pool()
            job = pool.submit(maker, draws, batch)
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

    def _living_pool(self) -> Pool:
        with self._lock:
            if self._pool is None or self._pool.owner != os.getpid():
                self._pool = Pool(self.workers, self._slots, self._busy)
                # Also at the end of the interpreter. The pool's thread knows the pool and not this engine.
                self._stop = weakref.finalize(self, self._pool.stop)
            return self._pool


def _do_nothing() -> None:
    """Stand for the end of a pool that there is not."""
