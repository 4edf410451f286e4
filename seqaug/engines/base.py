"""What an engine is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Protocol

import numpy as np

from seqaug.core.batch import Batch
from seqaug.core.layout import Layout
from seqaug.core.sample_request import SampleRequest
from seqaug.errors import SampleError

Arrays = Mapping[str, np.ndarray[Any, Any]]


class SampleProcessor(Protocol):
    """What an engine runs: it makes samples and writes them into rows, from any thread, as `Pipeline` does."""

    @property
    def describe(self) -> Callable[[int], str]:
        """Names a sample in messages; called also when the rest of this object is gone."""

    def sample(self, request: SampleRequest) -> Arrays:
        """Make a sample; raise a `SampleError` where it cannot be used."""

    def layout(self, sample: Arrays) -> Layout:
        """Give the shape and dtype that each array of a sample has in a batch."""

    def write(self, sample: Arrays, row: Arrays) -> None:
        """Write a sample into the views of its row."""


class Failure(NamedTuple):
    """A row that was not written, because its sample cannot be used."""

    row: int
    error: SampleError


class Pending(Protocol):
    """Rows that were handed to an engine."""

    def result(self) -> list[Failure]:
        """Wait until every row is written or has failed, and give the failures in the order of rows.

        Any other error than a `SampleError` is raised, that of the lowest row.
        """

    def cancel(self) -> None:
        """Give up the rows that nobody has begun."""


class Engine(Protocol):
    """Makes rows of batches, any number of batches at a time, from any thread.

    Rows of batches that were handed over earlier are begun earlier; they may end in any order.

    Attributes:
        is_remote: whether that may be on other machines.
    """

    is_remote: bool

    @property
    def workers(self) -> int:
        """How many rows it makes at the same time."""

    @property
    def busy_seconds(self) -> float:
        """The time that its workers have spent on rows so far, added up over the workers."""

    def submit(self, processor: SampleProcessor, requests: Mapping[int, SampleRequest], batch: Batch) -> Pending:
        """Hand over rows of a batch: for each row number, what is to stand there."""

    def close(self) -> None:
        """Free what the engine holds; it takes it again when it is next used."""

    def abandon(self) -> None:
        """Free what the engine holds without waiting for rows that are being made: their batches are garbage."""


def fill_row(processor: SampleProcessor, row: int, request: SampleRequest, batch: Batch) -> Failure | None:
    """Make one row of a batch, the same way in every engine."""
    try:
        sample = processor.sample(request)
    except SampleError as error:
        return Failure(row, error)
    name = f"sample {request.index} ({processor.describe(request.index)})"
    processor.write(sample, batch.row(row, processor.layout(sample), name))
    return None
