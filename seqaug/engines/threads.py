"""The engine that works in threads: OpenCV and NumPy let go of Python's lock for most of a sample's time."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Mapping
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor

from seqaug.core.batch import Batch
from seqaug.core.forks import ForkLock, register_after_fork
from seqaug.core.sample_request import SampleRequest
from seqaug.engines.base import Failure, Pending, SampleProcessor, fill_row
from seqaug.engines.busy_time import BusyTime
from seqaug.engines.inline import InlinePending
from seqaug.engines.serialization import ended


class ThreadEngine:
    """Makes rows in a pool of threads, which also share the rows of a single batch.

    The threads start at the first use, and end at `close` or when the engine is garbage; at the end of the program,
    after the rows that they are at. In a fork of a process that has used it, the thread that asks does the work.

    Args:
        workers: the number of threads, at least 1.
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
        """The time that the threads have spent on rows so far, added up."""
        return self._busy.seconds

    def submit(self, processor: SampleProcessor, requests: Mapping[int, SampleRequest], batch: Batch) -> Pending:
        """Queue rows of a batch."""
        if self._is_in_fork:
            return InlinePending(processor, requests, batch, self._busy)
        with self._lock:
            if self._executor is None:
                self._executor = ThreadPoolExecutor(self.workers, thread_name_prefix="seqaug")
                _executors.add(self._executor)
            executor = self._executor
            return _ThreadPending(
                [executor.submit(self._fill, processor, row, request, batch) for row, request in requests.items()]
            )

    def _fill(self, processor: SampleProcessor, row: int, request: SampleRequest, batch: Batch) -> Failure | None:
        with self._busy.measured():
            return fill_row(processor, row, request, batch)

    def close(self) -> None:
        """End the threads, after the rows that they are at; rows that nobody has begun are given up."""
        self._end(is_waited_for=True)

    def abandon(self) -> None:
        """End the threads as `close` does, without waiting for the rows that they are at."""
        self._end(is_waited_for=False)

    def _end(self, *, is_waited_for: bool) -> None:
        with self._lock:
            executor, self._executor = self._executor, None
        if executor is not None:
            executor.shutdown(wait=is_waited_for, cancel_futures=True)

    def after_fork(self) -> None:
        """Forget the threads, which a fork does not have."""
        self._is_in_fork |= self._executor is not None
        self._executor = None


class _ThreadPending:
    def __init__(self, futures: list[Future[Failure | None]]) -> None:
        self._futures = futures

    def result(self) -> list[Failure]:
        try:
            outcomes = [future.result() for future in self._futures]
        except CancelledError:
            raise ended() from None
        finally:
            self.cancel()
        return [failure for failure in outcomes if failure is not None]

    def cancel(self) -> None:
        for future in self._futures:
            future.cancel()


_executors: weakref.WeakSet[ThreadPoolExecutor] = weakref.WeakSet()


def _give_up_all() -> None:
    """At the end of the program, drop the rows that nobody has begun: Python waits for all of them."""
    for executor in list(_executors):
        executor.shutdown(wait=False, cancel_futures=True)


# What concurrent.futures itself registers its wait with, and which runs before it; atexit is too late.
_register = getattr(threading, "_register_atexit", None)
if _register is not None:
    _register(_give_up_all)
