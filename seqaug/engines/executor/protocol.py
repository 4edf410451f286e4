"""What the engine and the processes of an executor say to each other."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from seqaug.core.sample_request import SampleRequest
from seqaug.engines.base import Failure


class RowsTask(NamedTuple):
    """To a process: make these rows.

    Attributes:
        name: of the processor, which the process may have, or else is sent beside this.
        home: the name of the process that asks.
        number: no two tasks for a processor have the same, so that no executor takes them for one.
        rows: which rows, and what is to stand there.
        strings: of these samples, from each sequence of strings that the processor was sent without; None: it was
            not sent yet, or was sent whole.
        augments: whether the process that asks knows Albumentations, so that the processor may need it.
    """

    name: str
    home: str
    number: int
    rows: list[tuple[int, SampleRequest]]
    strings: list[dict[int, str]] | None
    augments: bool


class RowError(NamedTuple):
    """A row that ended in another error than a `SampleError`; its traceback, where it was another process."""

    error: BaseException
    traceback: str | None


class RowsDone(NamedTuple):
    """From a process: what became of the rows, in their order; those behind a broken one were left.

    Attributes:
        rows: those that were written.
        arrays: they, stacked, (rows, ...) by name.
        failures: those whose samples cannot be used.
        broken: the one that broke, or None.
        seconds: how long it took.
    """

    rows: list[int]
    arrays: dict[str, np.ndarray[Any, Any]]
    failures: list[Failure]
    broken: RowError | None
    seconds: float


class PayloadMissing(NamedTuple):
    """From a process: it has no processor of this name, or would need strings for it."""


class StringsMissing(NamedTuple):
    """From a process: the processor asked for strings of other samples, so that it has to be sent whole."""


class LoadFailed(NamedTuple):
    """From a process: it cannot load the processor."""

    error: BaseException
    traceback: str


Answer = RowsDone | PayloadMissing | StringsMissing | LoadFailed


def packed(answer: Answer) -> tuple[Any, ...]:
    """Give an answer as a plain tuple: of plain collections, Dask sends the arrays as they are, and pickles no copy."""
    return (type(answer).__name__, *answer)


def unpacked(answer: tuple[Any, ...]) -> Answer:
    """Give back what was `packed`."""
    kind, *parts = answer
    made: Answer = _KINDS[kind](*parts)
    return made


_KINDS: dict[str, Any] = {kind.__name__: kind for kind in (RowsDone, PayloadMissing, StringsMissing, LoadFailed)}
