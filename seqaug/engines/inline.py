"""The engine that works in the calling thread."""

from __future__ import annotations

from collections.abc import Mapping

from seqaug.core.batch import Batch
from seqaug.core.sample_request import SampleRequest
from seqaug.engines.base import EngineStatus, Failure, SampleProcessor
from seqaug.engines.busy_time import BusyTime
from seqaug.engines.row_groups import fill_rows, row_groups, sharing_processor


class InlineEngine:
    """Makes rows one after another when their result is requested."""

    workers = 1
    is_remote = False

    def __init__(self) -> None:
        self._busy = BusyTime()

    @property
    def busy_seconds(self) -> float:
        """Time spent on rows so far."""
        return self._busy.seconds

    @property
    def status(self) -> EngineStatus:
        """The calling thread."""
        return EngineStatus("inline", 0)

    def submit(self, processor: SampleProcessor, requests: Mapping[int, SampleRequest], batch: Batch) -> InlinePending:
        """Keep the rows until their result is requested."""
        return InlinePending(processor, requests, batch, self._busy)

    def close(self) -> None:
        """Do nothing: there is nothing to free."""

    def abandon(self) -> None:
        """Do nothing, as `close`."""


class InlinePending:
    """Rows that are made when their result is requested.

    Args:
        processor, requests, batch: as for `Engine.submit`.
        busy: takes the time spent.
    """

    def __init__(
        self, processor: SampleProcessor, requests: Mapping[int, SampleRequest], batch: Batch, busy: BusyTime
    ) -> None:
        self._processor = processor
        self._requests = requests
        self._batch = batch
        self._busy = busy

    def result(self) -> list[Failure]:
        """Make the rows; see `seqaug.engines.base.Pending`."""
        with self._busy.measured():
            groups = row_groups(self._processor, self._requests)
            shared = sharing_processor(self._processor, list(self._requests.items()))
            return sorted(
                (failure for rows in groups for failure in fill_rows(shared, rows, self._batch)),
                key=lambda failure: failure.row,
            )

    def cancel(self) -> None:
        """Do nothing: nothing has started."""
