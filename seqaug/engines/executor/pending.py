"""Rows of a batch in flight through an executor."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future, wait
from functools import partial
from typing import Any

from seqaug.core.batch import Batch
from seqaug.core.sample_request import SampleRequest, sample_name
from seqaug.engines.base import Failure
from seqaug.engines.executor.protocol import Answer, LoadFailed, PayloadMissing, RowsDone, StringsMissing, unpack_answer
from seqaug.engines.executor.remote_task import make_rows
from seqaug.engines.executor.sender import SentProcessor
from seqaug.engines.serialization import closed_error, with_traceback

_MAX_TRIES = 3


class ExecutorPending:
    """Rows that were submitted to an executor as one task.

    A task answers even if its samples fail. A task that raises was lost, with its process or the connection to it, and
    its rows are resubmitted.

    Args:
        executor: runs the task.
        sent: the processor, as it is sent.
        requests: the requests, by row.
        batch: takes the rows.
        on_done: called with the seconds that the rows took.
        on_resubmit: called when a task had to be resubmitted, as others may have to be.
    """

    def __init__(
        self,
        executor: Executor,
        sent: SentProcessor,
        requests: Mapping[int, SampleRequest],
        batch: Batch,
        *,
        on_done: Callable[[float], None],
        on_resubmit: Callable[[], None],
    ) -> None:
        self._executor = executor
        self._sent = sent
        self._requests = requests
        self._batch = batch
        self._on_done = on_done
        self._on_resubmit = on_resubmit
        self._lock = threading.Lock()
        self._losses = 0
        self._is_cancelled = False
        self._submit(is_missing=False)

    def _submit(self, *, is_missing: bool) -> None:
        self._name, task, payload = self._sent.task(self._requests, self._batch.padding, is_missing=is_missing)
        try:
            self._future: Future[tuple[Any, ...]] = self._executor.submit(make_rows, task, payload)
        except BrokenExecutor as error:
            raise self._broken(error) from error

    def result(self) -> list[Failure]:
        """Wait for the rows; see `seqaug.engines.base.Pending`."""
        while True:
            future = self._future
            wait([future])
            if self.resubmit_if_lost():
                self._on_resubmit()
            elif future is self._future:
                return self._accept(unpack_answer(future.result()))

    def resubmit_if_lost(self) -> bool:
        """Resubmit the rows if their task ended without making them; return whether it did.

        Raises:
            RuntimeError: they were lost too often, or cancelled.
            TypeError: the processor cannot be pickled.
        """
        with self._lock:
            if not self._future.done():
                return False
            error = CancelledError() if self._future.cancelled() else self._future.exception()
            answer = None if error is not None else unpack_answer(self._future.result())
            if error is None and not isinstance(answer, PayloadMissing | StringsMissing):
                return False
            if self._is_cancelled:
                raise closed_error()
            if error is not None:
                self._count_loss(error)
            if isinstance(answer, StringsMissing):
                self._sent.on_strings_missing(self._name)
            self._submit(is_missing=error is None)
            return True

    def cancel(self) -> None:
        """Cancel the rows if they have not started."""
        self._is_cancelled = True
        self._future.cancel()

    def _count_loss(self, error: BaseException) -> None:
        if isinstance(error, BrokenExecutor):
            raise self._broken(error) from error
        self._losses += 1
        if self._losses >= _MAX_TRIES:
            index = next(iter(self._requests.values())).index
            raise RuntimeError(
                f"{len(self._requests)} samples, of which sample {index} ({self._sent.describe(index)}) is the first, "
                f"were lost {_MAX_TRIES} times on their way through {type(self._executor).__name__}; the last time: "
                f"{type(error).__name__}: {error}"
            ) from error

    def _broken(self, error: BrokenExecutor) -> RuntimeError:
        return RuntimeError(
            f"{type(self._executor).__name__} is broken and takes no more work ({error}); expected a new one, in a new "
            "sequence; Dask, Ray and use_multiprocessing=True replace workers that die"
        )

    def _accept(self, answer: Answer) -> list[Failure]:
        if isinstance(answer, LoadFailed):
            raise with_traceback(answer.error, answer.traceback)
        assert isinstance(answer, RowsDone)
        self._sent.on_used(self._name)
        self._on_done(answer.seconds)
        if answer.error is not None:
            raise with_traceback(answer.error.error, answer.error.traceback)
        if answer.rows:
            index = self._requests[answer.rows[0]].index
            self._batch.add_rows(answer.rows, answer.arrays, partial(sample_name, self._sent.describe, index))
        return answer.failures
