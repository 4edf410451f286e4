"""Rows of a batch in flight through the workers."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence

from seqaug.core.batch import Batch
from seqaug.core.layout import Layout
from seqaug.engines.base import Failure
from seqaug.engines.processes.payload import SharedProcessor
from seqaug.engines.processes.slots import Slot
from seqaug.engines.row_groups import Row
from seqaug.engines.serialization import with_traceback


class Submission:
    """Rows of a batch that were submitted; only the pool's thread may use more than `result` and `cancel`.

    Args:
        processor: makes the rows.
        batch: the batch.
        groups: the rows, in groups that one worker makes.
        wake: wakes the pool's thread.

    Attributes:
        processor: makes the rows.
        batch: the batch.
        queued: rows that are in no task.
        outstanding: tasks that workers have.
        slot: the batch's slot, once it has one.
        outgrown: slots that were too small, to which a worker may still write.
        own_sizes: where rows that have their own sizes were written: the slot and the layout, by row.
        crashes: how often a worker died while making a row.
        is_cancelled: whether the result is no longer wanted.
    """

    def __init__(
        self, processor: SharedProcessor, batch: Batch, groups: Sequence[Sequence[Row]], wake: Callable[[], None]
    ) -> None:
        self.processor = processor
        self.batch = batch
        self.queued = deque(row for rows in groups for row in rows)
        self._is_grouped = len(groups) < len(self.queued)
        self.outstanding = 0
        self.slot: Slot | None = None
        self.outgrown: list[Slot] = []
        self.own_sizes: dict[int, tuple[Slot, Layout]] = {}
        self.crashes: dict[int, int] = {}
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
        """Cancel the rows that have not started."""
        self.is_cancelled = True
        self._wake()

    def take(self, count: int) -> list[Row]:
        """Take queued rows for a task: `count`, and the rest of the last one's group."""
        rows = [self.queued.popleft() for _ in range(min(count, len(self.queued)))]
        while self._is_grouped and self.queued and self.queued[0][1].index == rows[-1][1].index:
            rows.append(self.queued.popleft())
        return rows

    def add_failure(self, failure: Failure) -> None:
        """Record a row whose sample cannot be used."""
        self._failures.append(failure)

    def add_error(self, row: int, error: BaseException, traceback: str | None = None) -> None:
        """Record the error of a row, and drop the queued rows."""
        self._errors.append((row, with_traceback(error, traceback)))
        self.queued.clear()

    @property
    def has_errors(self) -> bool:
        """Whether a row raised an error."""
        return bool(self._errors)

    @property
    def is_complete(self) -> bool:
        """Whether no row is queued or in a task."""
        return not self.queued and not self.outstanding

    @property
    def is_finished(self) -> bool:
        """Whether `finish` was called."""
        return self._finished.is_set()

    def finish(self) -> None:
        """Let `result` return."""
        self._finished.set()
