"""Rows of a batch on their way through an executor."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future, wait
from typing import Any

from seqaug.core.batch import Batch
from seqaug.core.sample_request import SampleRequest
from seqaug.engines.base import Failure
from seqaug.engines.executor.protocol import Answer, LoadFailed, PayloadMissing, RowsDone, StringsMissing, unpacked
from seqaug.engines.executor.remote_task import make_rows
from seqaug.engines.executor.sender import Sent
from seqaug.engines.serialization import ended, with_traceback

_TRIES = 3


class ExecutorPending:
    """Rows that were handed to an executor, in one task.

    Whatever goes wrong with the samples, a task answers; so where it ends in an error, its process, or the way to it,
    was lost, and the rows are handed in again.

    Args:
        executor: who does the work.
        sent: what makes the rows.
        requests: which rows, and what is to stand there.
        batch: where they go.
        on_made: told of the seconds that they took.
        on_trouble: called when a task has not made its rows, since others may be in the same case.
    """

    def __init__(
        self,
        executor: Executor,
        sent: Sent,
        requests: Mapping[int, SampleRequest],
        batch: Batch,
        *,
        on_made: Callable[[float], None],
        on_trouble: Callable[[], None],
    ) -> None:
        self._executor = executor
        self._sent = sent
        self._requests = requests
        self._batch = batch
        self._on_made = on_made
        self._on_trouble = on_trouble
        self._lock = threading.Lock()
        self._lost = 0
        self._is_cancelled = False
        self._hand_in(is_lacking=False)

    def _hand_in(self, *, is_lacking: bool) -> None:
        self._name, task, payload = self._sent.task(self._requests, is_lacking=is_lacking)
        try:
            self._future: Future[tuple[Any, ...]] = self._executor.submit(make_rows, task, payload)
        except BrokenExecutor as error:
            raise self._broken(error) from error

    def result(self) -> list[Failure]:
        """Wait for the rows; see `seqaug.engines.base.Pending`."""
        while True:
            future = self._future
            wait([future])
            if self.tend():
                self._on_trouble()
            elif future is self._future:
                return self._taken(unpacked(future.result()))

    def tend(self) -> bool:
        """Hand the rows in again where a task ended without making them; say whether that was so.

        Raises:
            RuntimeError: they cannot be made, or were given up.
            TypeError: what makes them cannot be sent to another process.
        """
        with self._lock:
            if not self._future.done():
                return False
            error = CancelledError() if self._future.cancelled() else self._future.exception()
            answer = None if error is not None else unpacked(self._future.result())
            if error is None and not isinstance(answer, PayloadMissing | StringsMissing):
                return False
            if self._is_cancelled:
                raise ended()
            if error is not None:
                self._note_loss(error)
            if isinstance(answer, StringsMissing):
                self._sent.was_incomplete(self._name)
            self._hand_in(is_lacking=error is None)
            return True

    def cancel(self) -> None:
        """Give up the rows, if nobody has begun them."""
        self._is_cancelled = True
        self._future.cancel()

    def _note_loss(self, error: BaseException) -> None:
        if isinstance(error, BrokenExecutor):
            raise self._broken(error) from error
        self._lost += 1
        if self._lost >= _TRIES:
            index = next(iter(self._requests.values())).index
            raise RuntimeError(
                f"{len(self._requests)} samples, of which sample {index} ({self._sent.describe(index)}) is the first, "
                f"were lost {_TRIES} times on their way through {type(self._executor).__name__}; the last time: "
                f"{type(error).__name__}: {error}"
            ) from error

    def _broken(self, error: BrokenExecutor) -> RuntimeError:
        return RuntimeError(
            f"{type(self._executor).__name__} is broken and takes no more work ({error}); expected a new one, in a new "
            "sequence; Dask, Ray and use_multiprocessing=True replace workers that die"
        )

    def _taken(self, answer: Answer) -> list[Failure]:
        if isinstance(answer, LoadFailed):
            raise with_traceback(answer.error, answer.traceback)
        assert isinstance(answer, RowsDone)
        self._sent.was_used(self._name)
        self._on_made(answer.seconds)
        if answer.broken is not None:
            raise with_traceback(answer.broken.error, answer.broken.traceback)
        if answer.rows:
            index = self._requests[answer.rows[0]].index
            self._batch.add_rows(answer.rows, answer.arrays, f"sample {index} ({self._sent.describe(index)})")
        return answer.failures
