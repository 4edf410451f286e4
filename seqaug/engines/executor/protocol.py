"""Messages between the engine and the processes of an executor."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from seqaug.core.padding import Padding
from seqaug.core.sample_request import SampleRequest
from seqaug.engines.base import Failure


class RowsTask(NamedTuple):
    """To a process: make these rows.

    Attributes:
        name: the processor's name; the process may have it, or else gets it beside this message.
        sender: name of the sending process.
        number: differs between the tasks of a processor, so that no executor deduplicates them.
        rows: requests with their row numbers.
        strings: the samples' strings, from each sequence of strings that the processor was sent without; None: it was
            not sent yet, or was sent whole.
        augments: whether the sender has imported Albumentations, so that the processor may need it.
        padding: how rows of unequal sizes are padded, or None.
    """

    name: str
    sender: str
    number: int
    rows: list[tuple[int, SampleRequest]]
    strings: list[dict[int, str]] | None
    augments: bool
    padding: Padding | None


class RowError(NamedTuple):
    """Any error of a row but a `SampleError`; with its traceback if it was raised in another process."""

    error: BaseException
    traceback: str | None


class RowsDone(NamedTuple):
    """From a process: the results of the rows, in their order; rows after an error were not made.

    Attributes:
        rows: the numbers of the rows that were written.
        arrays: these rows, stacked, (rows, ...) by name.
        failures: rows whose samples cannot be used.
        error: the error that ended the task early, or None.
        seconds: duration.
    """

    rows: list[int]
    arrays: dict[str, np.ndarray[Any, Any]]
    failures: list[Failure]
    error: RowError | None
    seconds: float


class PayloadMissing(NamedTuple):
    """From a process: it lacks the processor of this name, or strings for it."""


class StringsMissing(NamedTuple):
    """From a process: the processor asked for strings of other samples, so it has to be sent whole."""


class LoadFailed(NamedTuple):
    """From a process: unpickling the processor failed."""

    error: BaseException
    traceback: str


Answer = RowsDone | PayloadMissing | StringsMissing | LoadFailed


def pack_answer(answer: Answer) -> tuple[Any, ...]:
    """Return an answer as a plain tuple: Dask sends the arrays in plain collections uncopied."""
    return (type(answer).__name__, *answer)


def unpack_answer(answer: tuple[Any, ...]) -> Answer:
    """Return the answer that `pack_answer` packed."""
    kind, *parts = answer
    unpacked: Answer = _KINDS[kind](*parts)
    return unpacked


_KINDS: dict[str, Any] = {kind.__name__: kind for kind in (RowsDone, PayloadMissing, StringsMissing, LoadFailed)}
