"""What this process and its workers say to each other."""

from __future__ import annotations

from typing import NamedTuple

from seqaug.core.layout import Layout
from seqaug.core.sample_request import SampleRequest
from seqaug.errors import SampleError


class Load(NamedTuple):
    """To a worker: load a payload, whose descriptors come by the other socket; tasks name it by its number."""

    number: int
    parts: list[tuple[int, int]]
    descriptors: int


class Forget(NamedTuple):
    """To a worker: this payload is not used again."""

    number: int


class Work(NamedTuple):
    """To a worker: make these rows, with payload `processor`, of a batch of `size` rows, in the slot at `offset`.

    `folder` is the one that this process works in, to which the paths of samples may be relative.
    """

    processor: int
    offset: int
    capacity: int
    size: int
    rows: list[tuple[int, SampleRequest]]
    folder: str | None


Task = Load | Forget | Work


class Ready(NamedTuple):
    """From a worker: it has loaded the oldest of the payloads that it has not reported yet."""


class LoadFailed(NamedTuple):
    """From a worker: it cannot load a payload."""

    error: BaseException
    traceback: str


class Written(NamedTuple):
    """The row is written."""

    row: int
    layout: Layout


class TooSmall(NamedTuple):
    """The slot has no room for a batch of such rows."""

    row: int
    layout: Layout


class Failed(NamedTuple):
    """The sample cannot be used."""

    row: int
    error: SampleError


class RowError(NamedTuple):
    """Something else went wrong."""

    row: int
    error: BaseException
    traceback: str


Outcome = Written | TooSmall | Failed | RowError


class Done(NamedTuple):
    """From a worker: what became of the oldest task's rows, in their order; rows behind a `RowError` one were left.

    Attributes:
        outcomes: one a row.
        seconds: how long it took.
    """

    outcomes: list[Outcome]
    seconds: float
