"""What an engine is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, Protocol

from seqaug.batch import Batch
from seqaug.errors import SampleError
from seqaug.pipeline import Draw, Pipeline


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
    """

    def submit(self, pipeline: Pipeline, draws: Mapping[int, Draw], batch: Batch) -> Pending:
        """Hand over rows of a batch: for each row number, what is to stand there."""

    def close(self) -> None:
        """Free what the engine holds; it takes it again when it is next used."""


def fill_row(pipeline: Pipeline, row: int, draw: Draw, batch: Batch) -> Failure | None:
    """Make one row of a batch, the same way in every engine."""
    try:
        sample = pipeline.sample(draw)
    except SampleError as error:
        return Failure(row, error)
    name = f"sample {draw.index} ({pipeline.where(draw.index)})"
    pipeline.write(sample, batch.row(row, pipeline.layout(sample), name))
    return None
