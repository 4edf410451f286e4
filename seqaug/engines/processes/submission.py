"""Rows of a batch on their way through the workers."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Mapping

from seqaug.core.batch import Batch
from seqaug.core.sample_request import SampleRequest
from seqaug.engines.base import Failure
from seqaug.engines.processes.payload import SharedProcessor
from seqaug.engines.processes.slots import Slot
from seqaug.engines.serialization import with_traceback


class Submission:
    """Rows of a batch that were handed over; all but `result` and `cancel` belongs to the pool's thread.

    Attributes:
        processor: what makes the rows.
        batch: the batch.
        queued: rows that no worker has.
        outstanding: tasks that workers have.
        slot: where the batch lies, once it is known.
        outgrown: slots that were too small, in which a worker may still write.
        tries: how often a worker died of a row.
        is_cancelled: whether nobody wants it any more.
    """

    def __init__(
        self, processor: SharedProcessor, batch: Batch, requests: Mapping[int, SampleRequest], wake: Callable[[], None]
    ) -> None:
        self.processor = processor
        self.batch = batch
        self.queued = deque(requests.items())
        self.outstanding = 0
        self.slot: Slot | None = None
        self.outgrown: list[Slot] = []
        self.tries: dict[int, int] = {}
        self.is_cancelled = False
        self._failures: list[Failure] = []
        self._errors: list[tuple[int, BaseException]] = []
        self._wake = wake
        self._finished = threading.Event()

    def result(self) -> list[Failure]:
        """Wait for the rows; see `seqaug.engines.base.Pending`."""
        self._finished.wait()
        if self._errors:
            raise min(self._errors, key=lambda entry: entry[0])[1]
        return sorted(self._failures, key=lambda failure: failure.row)

    def cancel(self) -> None:
        """Give up the rows that nobody has begun."""
        self.is_cancelled = True
        self._wake()

    def fail(self, failure: Failure) -> None:
        """Note a row whose sample cannot be used."""
        self._failures.append(failure)

    def error(self, row: int, error: BaseException, traceback: str | None = None) -> None:
        """Note a row that broke; the rows that no worker has are dropped."""
        self._errors.append((row, with_traceback(error, traceback)))
        self.queued.clear()

    @property
    def has_errors(self) -> bool:
        """Whether a row broke."""
        return bool(self._errors)

    @property
    def is_complete(self) -> bool:
        """Whether nothing of it is on its way any more."""
        return not self.queued and not self.outstanding

    @property
    def is_finished(self) -> bool:
        """Whether those who wait were let go."""
        return self._finished.is_set()

    def finish(self) -> None:
        """Let go those who wait."""
        self._finished.set()
