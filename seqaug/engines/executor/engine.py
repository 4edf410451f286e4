"""The engine that works through an executor."""

from __future__ import annotations

import weakref
from collections.abc import Mapping
from concurrent.futures import Executor
from contextlib import suppress

from seqaug.core.batch import Batch
from seqaug.core.forks import ForkLock, register_after_fork
from seqaug.core.sample_request import SampleRequest
from seqaug.engines.base import EngineStatus, Pending, SampleProcessor
from seqaug.engines.busy_time import BusyTime
from seqaug.engines.executor.pending import ExecutorPending
from seqaug.engines.executor.sender import SentProcessor
from seqaug.engines.inline import InlinePending


class ExecutorEngine:
    """Makes rows as tasks of a `concurrent.futures.Executor`, one task per submission.

    The arrays of a batch are those received, uncopied; arrays received through shared memory are read-only. A process
    gets the processor once, and with each task the paths of its samples. A task that is lost, with its process or
    machine, is resubmitted. The executor belongs to the caller and is not shut down. In a fork of a process that has
    used the engine, the calling thread does the work.

    Args:
        executor: runs the tasks.
        in_flight: maximal number of tasks at a time, which the callers of `submit` keep to.
    """

    is_remote = True

    def __init__(self, executor: Executor, in_flight: int) -> None:
        self._executor = executor
        self._in_flight = in_flight
        self._busy = BusyTime()
        self._lock = ForkLock()
        self._sent: weakref.WeakKeyDictionary[SampleProcessor, SentProcessor] = weakref.WeakKeyDictionary()
        self._pending: weakref.WeakSet[ExecutorPending] = weakref.WeakSet()
        self._is_used = self._is_in_fork = False
        register_after_fork(self)

    @property
    def workers(self) -> int:
        """How many tasks run at the same time: what the executor says, at most `in_flight`."""
        count = getattr(self._executor, "_max_workers", None)
        if count is None:
            # Dask's executor has the client, which knows the threads of each worker.
            client = getattr(self._executor, "_client", None)
            with suppress(Exception):
                count = sum(client.nthreads().values())  # type: ignore[union-attr]
        return min(int(count), self._in_flight) if count else self._in_flight

    @property
    def busy_seconds(self) -> float:
        """Time spent on the rows received so far, summed over the tasks."""
        return self._busy.seconds

    @property
    def status(self) -> EngineStatus:
        """The executor, which counts as running once it was given a task."""
        return EngineStatus("executor", self.workers, self._is_used)

    def submit(self, processor: SampleProcessor, requests: Mapping[int, SampleRequest], batch: Batch) -> Pending:
        """Submit rows of a batch as one task.

        Raises:
            TypeError: the processor cannot be pickled.
            RuntimeError: the executor was shut down, or is broken.
        """
        if self._is_in_fork:
            return InlinePending(processor, requests, batch, self._busy)
        with self._lock:
            self._is_used = True
            if processor not in self._sent:
                self._sent[processor] = SentProcessor(processor)
            sent = self._sent[processor]
        pending = ExecutorPending(
            self._executor, sent, requests, batch, on_done=self._busy.add, on_resubmit=self._resubmit_all
        )
        with self._lock:
            self._pending.add(pending)
        return pending

    def close(self) -> None:
        """Cancel the tasks that have not started; the executor stays usable."""
        for pending in self._all():
            pending.cancel()

    def abandon(self) -> None:
        """Cancel the tasks that have not started, as `close`."""
        self.close()

    def after_fork(self) -> None:
        """Leave the executor to the process that used it: a fork does not have its threads and connections."""
        self._is_in_fork |= self._is_used

    def _resubmit_all(self) -> None:
        """Resubmit all lost tasks now, and not when their results are requested."""
        for pending in self._all():
            with suppress(Exception):  # raised again by `result`
                pending.resubmit_if_lost()

    def _all(self) -> list[ExecutorPending]:
        with self._lock:
            return list(self._pending)
