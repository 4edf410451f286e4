"""The engine that works in threads: OpenCV and NumPy release the GIL for most of a sample's time."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Mapping, Sequence
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor

from seqaug.core.batch import Batch
from seqaug.core.forks import ForkLock, register_after_fork
from seqaug.core.parallel_threads import mark_parallel_thread
from seqaug.core.sample_request import SampleRequest
from seqaug.engines.base import EngineStatus, Failure, Pending, SampleProcessor
from seqaug.engines.busy_time import BusyTime
from seqaug.engines.inline import InlinePending
from seqaug.engines.row_groups import Row, fill_rows, row_groups, sharing_processor
from seqaug.engines.serialization import closed_error


class ThreadEngine:
    """Makes rows in a pool of threads, which share the rows of each batch.

    The threads start at the first use. They end at `close`, when the engine is garbage-collected, or at interpreter
    exit after their current rows. In a fork of a process that has used the engine, the calling thread does the work.

    Args:
        workers: number of threads, at least 1.
    """

    is_remote = False

    def __init__(self, workers: int) -> None:
        self.workers = workers
        self._busy = BusyTime()
        self._lock = ForkLock()
        self._executor: ThreadPoolExecutor | None = None
        self._is_in_fork = False
        register_after_fork(self)

    @property
    def busy_seconds(self) -> float:
        """Time spent on rows so far, summed over the threads."""
        return self._busy.seconds

    @property
    def status(self) -> EngineStatus:
        """The threads."""
        return EngineStatus("threads", self.workers, self._executor is not None)

    def submit(self, processor: SampleProcessor, requests: Mapping[int, SampleRequest], batch: Batch) -> Pending:
        """Queue rows of a batch."""
        if self._is_in_fork:
            return InlinePending(processor, requests, batch, self._busy)
        with self._lock:
            if self._executor is None:
                mark = mark_parallel_thread if self.workers > 1 else None
                self._executor = ThreadPoolExecutor(self.workers, thread_name_prefix="seqaug", initializer=mark)
                _executors.add(self._executor)
            executor = self._executor
            shared = sharing_processor(processor, list(requests.items()))
            return _ThreadPending(
                [executor.submit(self._fill, shared, rows, batch) for rows in row_groups(processor, requests)]
            )

    def _fill(self, processor: SampleProcessor, rows: Sequence[Row], batch: Batch) -> list[Failure]:
        with self._busy.measured():
            return fill_rows(processor, rows, batch)

    def close(self) -> None:
        """Stop the threads after their current rows; cancel the rows that have not started."""
        self._stop(wait=True)

    def abandon(self) -> None:
        """Stop the threads as `close` does, without waiting for their current rows."""
        self._stop(wait=False)

    def _stop(self, *, wait: bool) -> None:
        with self._lock:
            executor, self._executor = self._executor, None
        if executor is not None:
            executor.shutdown(wait=wait, cancel_futures=True)

    def after_fork(self) -> None:
        """Drop the threads, which a fork does not have."""
        self._is_in_fork |= self._executor is not None
        self._executor = None


class _ThreadPending:
    def __init__(self, futures: list[Future[list[Failure]]]) -> None:
        self._futures = futures

    def result(self) -> list[Failure]:
        try:
            outcomes = [future.result() for future in self._futures]
        except CancelledError:
            raise closed_error() from None
        finally:
            self.cancel()
        return sorted((failure for failures in outcomes for failure in failures), key=lambda failure: failure.row)

    def cancel(self) -> None:
        for future in self._futures:
            future.cancel()


_executors: weakref.WeakSet[ThreadPoolExecutor] = weakref.WeakSet()


def _cancel_all() -> None:
    """At interpreter exit, cancel the rows that have not started: Python would wait for all of them."""
    for executor in list(_executors):
        executor.shutdown(wait=False, cancel_futures=True)


# concurrent.futures registers its wait here, and later registrations run first; atexit is too late.
_register = getattr(threading, "_register_atexit", None)
if _register is not None:
    _register(_cancel_all)
