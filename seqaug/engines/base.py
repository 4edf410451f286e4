"""Interfaces: what an engine is, and what it runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, NamedTuple, Protocol, runtime_checkable

import numpy as np

from seqaug.core.batch import Batch
from seqaug.core.layout import Layout
from seqaug.core.sample_request import SampleRequest, sample_name
from seqaug.errors import SampleError

Arrays = Mapping[str, np.ndarray[Any, Any]]


Kind = Literal["inline", "threads", "processes", "executor", "auto"]


@dataclass(frozen=True)
class EngineStatus:
    """Who makes the batches of a sequence.

    `seq.workers` and `seq.use_multiprocessing` do not say so: they tell Keras how to ask for batches, which is always
    from threads.

    Attributes:
        kind: "inline": the calling thread; "threads", "processes"; or "executor": tasks of `executor=`. "auto":
            `workers="auto"` has yet to choose one of the first three.
        workers: how many of them; 0 for "inline" and "auto"; for "executor", how many tasks run at a time.
        is_running: whether they have started: they do at the first batch, and stop at `close()`, and processes also
            after an idle minute. False for "inline".
        pids: process ids of the running workers, for "processes"; else empty.
    """

    kind: Kind
    workers: int
    is_running: bool = False
    pids: tuple[int, ...] = ()


class SampleProcessor(Protocol):
    """Makes samples and writes them into rows, as `Pipeline` does; called from any thread.

    A processor may also have `shares_samples` and `sharing(requests)`, as `Pipeline` has, to load a sample once for
    several rows of a batch, made in any thread.
    """

    @property
    def describe(self) -> Callable[[int], str]:
        """Names a sample in messages; may be called after this object is gone."""

    def sample(self, request: SampleRequest) -> Arrays:
        """Make a sample; raise a `SampleError` if it cannot be used."""

    def layout(self, sample: Arrays) -> Layout:
        """Return the shape and dtype of each array of a sample in a batch."""

    def write(self, sample: Arrays, row: Arrays) -> None:
        """Write a sample into the views of its row."""


@runtime_checkable
class MixesSamples(Protocol):
    """A `SampleProcessor` whose samples may be mixed with others."""

    def samples_of(self, request: SampleRequest) -> Iterable[int]:
        """List the indices of the samples that a request may read."""


def samples_of(processor: SampleProcessor | None, request: SampleRequest) -> Iterable[int]:
    """List the indices of the samples that a request may read."""
    return processor.samples_of(request) if isinstance(processor, MixesSamples) else (request.index,)


class Failure(NamedTuple):
    """A row that was not written because its sample, or one that is mixed into it, cannot be used."""

    row: int
    error: SampleError


class Pending(Protocol):
    """Rows that were submitted to an engine."""

    def result(self) -> list[Failure]:
        """Wait until every row is written or has failed, and return the failures in row order.

        Raises:
            Exception: any error but a `SampleError`; of several, that of the lowest row, where rows of the same sample
                count as the first of them.
        """

    def cancel(self) -> None:
        """Cancel the rows that have not started."""


class Engine(Protocol):
    """Makes rows of any number of batches at a time; called from any thread.

    Rows start in the order of submission and may finish in any order.

    Attributes:
        is_remote: whether rows may be made on other machines.
    """

    is_remote: bool

    @property
    def workers(self) -> int:
        """How many rows are made at the same time."""

    @property
    def busy_seconds(self) -> float:
        """Time spent on rows so far, summed over the workers."""

    @property
    def status(self) -> EngineStatus:
        """What the engine is, and whether it has started."""

    def submit(self, processor: SampleProcessor, requests: Mapping[int, SampleRequest], batch: Batch) -> Pending:
        """Submit rows of a batch: requests by row number."""

    def close(self) -> None:
        """Free the engine's resources; the next use acquires them again."""

    def abandon(self) -> None:
        """Free the engine's resources without waiting for rows in the making, whose batches are garbage."""


def fill_row(processor: SampleProcessor, row: int, request: SampleRequest, batch: Batch) -> Failure | None:
    """Make one row of a batch in this process; return the failure if its sample cannot be used."""
    try:
        sample = processor.sample(request)
    except SampleError as error:
        return Failure(row, error)
    name = partial(sample_name, processor.describe, request.index)
    processor.write(sample, batch.row(row, processor.layout(sample), name))
    return None
