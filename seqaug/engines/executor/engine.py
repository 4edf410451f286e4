"""The engine that works in whatever an executor leads to."""

from __future__ import annotations

import weakref
from collections.abc import Mapping
from concurrent.futures import Executor
from contextlib import suppress

from seqaug.core.batch import Batch
from seqaug.core.forks import ForkLock, register_after_fork
from seqaug.core.sample_request import SampleRequest
from seqaug.engines.base import Pending, SampleProcessor
from seqaug.engines.busy_time import BusyTime
from seqaug.engines.executor.pending import ExecutorPending
from seqaug.engines.executor.sender import Sent
from seqaug.engines.inline import InlinePending


class ExecutorEngine:
    """Makes rows as tasks of a `concurrent.futures.Executor`: what is handed over at once is one task.

    The arrays of a batch are those that came back, as they are; such as come out of shared memory are read-only.
    Processes get what makes rows once, and with each task the paths of its samples. A task that is lost, with its
    process or its machine, is handed in again. The executor is somebody else's: it is not shut down. In a fork of a
    process that has used it, the thread that asks does the work.

    Args:
        executor: who does the work.
        in_flight: how many tasks there are at the same time, at most; those who hand over rows see to that.
    """

    is_remote = True

    def __init__(self, executor: Executor, in_flight: int) -> None:
        self._executor = executor
        self._in_flight = in_flight
        self._busy = BusyTime()
        self._lock = ForkLock()
        self._sent: weakref.WeakKeyDictionary[SampleProcessor, Sent] = weakref.WeakKeyDictionary()
        self._pending: weakref.WeakSet[ExecutorPending] = weakref.WeakSet()
        self._is_used = self._is_in_fork = False
        register_after_fork(self)

    @property
    def workers(self) -> int:
        """How many tasks the executor does at the same time, as far as it says so, and as are there at most."""
        said = getattr(self._executor, "_max_workers", None)
        if said is None:
            # Dask's executor has the client, which knows the threads of each worker.
            client = getattr(self._executor, "_client", None)
            with suppress(Exception):
                said = sum(client.nthreads().values())  # type: ignore[union-attr]
        return min(int(said), self._in_flight) if said else self._in_flight

    @property
    def busy_seconds(self) -> float:
        """The time that was spent on rows so far, added up, as far as they came back."""
        return self._busy.seconds

    def submit(self, processor: SampleProcessor, requests: Mapping[int, SampleRequest], batch: Batch) -> Pending:
        """Hand in rows of a batch.

        Raises:
            TypeError: the processor cannot be sent to another process.
            RuntimeError: the executor was shut down, or is broken.
        """
        if self._is_in_fork:
            return InlinePending(processor, requests, batch, self._busy)
        with self._lock:
            self._is_used = True
            if processor not in self._sent:
                self._sent[processor] = Sent(processor)
            sent = self._sent[processor]
        pending = ExecutorPending(
            self._executor, sent, requests, batch, on_made=self._busy.add, on_trouble=self._tend_to_all
        )
        with self._lock:
            self._pending.add(pending)
        return pending

    def close(self) -> None:
        """Give up what nobody has begun; the executor stays as it is."""
        for pending in self._all():
            pending.cancel()

    def abandon(self) -> None:
        """Give up what nobody has begun, as `close`."""
        self.close()

    def after_fork(self) -> None:
        """Leave the executor to the process that used it: its threads and connections are not there in a fork."""
        self._is_in_fork |= self._is_used

    def _tend_to_all(self) -> None:
        """Hand in again at once what processes lack; else they would wait until those who asked come to it."""
        for pending in self._all():
            with suppress(Exception):  # told to the one who asked for these rows
                pending.tend()

    def _all(self) -> list[ExecutorPending]:
        with self._lock:
            return list(self._pending)
