"""What this process and its workers say to each other."""

from __future__ import annotations

from typing import NamedTuple

from seqaug.encoding import Layout
from seqaug.errors import SampleError
from seqaug.pipeline import Draw


class Work(NamedTuple):
    """To a worker: make these rows of a batch of `size` rows, in the slot at `offset`."""

    offset: int
    capacity: int
    size: int
    rows: list[tuple[int, Draw]]


class Ready(NamedTuple):
    """From a worker: it has the pipeline and waits for work."""


class Unfit(NamedTuple):
    """From a worker: it cannot load the pipeline."""

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


class Broken(NamedTuple):
    """Something else went wrong."""

    row: int
    error: BaseException
    traceback: str


Outcome = Written | TooSmall | Failed | Broken


class Done(NamedTuple):
    """From a worker: what became of the oldest task's rows, in their order; rows behind a `Broken` one were left."""

    outcomes: list[Outcome]
