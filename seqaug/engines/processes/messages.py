"""Messages between the pool and its workers."""

from __future__ import annotations

from typing import NamedTuple

from seqaug.core.layout import Layout
from seqaug.core.sample_request import SampleRequest
from seqaug.errors import SampleError


class Start(NamedTuple):
    """To a worker, before all else: what it shares with the sender, and whether Albumentations is needed.

    `path` is `sys.path`; `directory` is the working directory, to which entries of the path may be relative.
    """

    path: list[str]
    directory: str | None
    environment: dict[str, str]
    augments: bool


class Load(NamedTuple):
    """To a worker: load a payload, whose descriptors come by the other socket; tasks refer to it by its number."""

    number: int
    parts: list[tuple[int, int]]
    descriptors: int


class Unload(NamedTuple):
    """To a worker: drop this payload, which no task will use again."""

    number: int


class MakeRows(NamedTuple):
    """To a worker: make these rows of a batch of `size` rows with a processor, in the slot at `offset`.

    `directory` is the sender's working directory, to which the paths of samples may be relative. `has_own_sizes`: each
    row has an equal part of the slot, and its own size in it.
    """

    processor: int
    offset: int
    capacity: int
    size: int
    rows: list[tuple[int, SampleRequest]]
    directory: str | None
    has_own_sizes: bool


Task = Load | Unload | MakeRows


class Ready(NamedTuple):
    """From a worker: it has loaded the oldest payload not yet reported."""


class LoadFailed(NamedTuple):
    """From a worker: loading a payload failed."""

    error: BaseException
    traceback: str


class RowWritten(NamedTuple):
    """The row was written."""

    row: int
    layout: Layout


class TooSmall(NamedTuple):
    """The slot is too small for a batch of such rows."""

    row: int
    layout: Layout


class SampleFailed(NamedTuple):
    """The sample cannot be used."""

    row: int
    error: SampleError


class RowError(NamedTuple):
    """Any other error."""

    row: int
    error: BaseException
    traceback: str


Outcome = RowWritten | TooSmall | SampleFailed | RowError


class RowsDone(NamedTuple):
    """From a worker: the outcomes of the oldest task's rows, in their order; rows after a `RowError` were not made.

    Attributes:
        outcomes: one per row.
        seconds: duration.
    """

    outcomes: list[Outcome]
    seconds: float
