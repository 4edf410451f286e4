"""What the processes of an executor do: the rows of a task."""

from __future__ import annotations

import pickle
import traceback
from time import perf_counter
from typing import Any

from seqaug.core.batch import Batch
from seqaug.core.sample_request import SampleRequest
from seqaug.engines.base import Failure, SampleProcessor, fill_row
from seqaug.engines.executor.protocol import (
    Answer,
    LoadFailed,
    PayloadMissing,
    RowError,
    RowsDone,
    RowsTask,
    StringsMissing,
    packed,
)
from seqaug.engines.executor.receiver import process_name, processor_for
from seqaug.engines.serialization import sendable
from seqaug.sources.string_table import MissingStringsError, provide_strings


def make_rows(task: bytes, payload: bytes | None) -> tuple[Any, ...]:
    """Make rows, or say what is missing; whatever this raises itself has nothing to do with samples.

    Args:
        task: a `RowsTask`, pickled, so that no executor looks into it.
        payload: what makes the rows, pickled, where it comes along.

    Returns:
        An `Answer`, packed.
    """
    return packed(_answer(task, payload))


def _answer(task: bytes, payload: bytes | None) -> Answer:
    asked: RowsTask = pickle.loads(task)
    try:
        processor = processor_for(asked, payload)
    except Exception as error:
        return LoadFailed(sendable(error), traceback.format_exc())
    if processor is None:
        return PayloadMissing()
    try:
        with provide_strings(asked.strings or ()):
            return _made(processor, asked)
    except MissingStringsError:
        return StringsMissing()


def _made(processor: SampleProcessor, asked: RowsTask) -> RowsDone:
    begin = perf_counter()
    batch = Batch(len(asked.rows))
    rows, failures, broken = [], [], None
    for place, (row, request) in enumerate(asked.rows):
        outcome = _outcome(processor, place, request, batch, is_at_home=asked.home == process_name())
        if isinstance(outcome, RowError):
            broken = outcome
            break
        if outcome is None:
            rows.append((row, place))
        else:
            failures.append(outcome._replace(row=row))
    arrays = {} if broken else batch.arrays
    if len(rows) < batch.size:
        arrays = {name: array[[place for _, place in rows]] for name, array in arrays.items()}
    return RowsDone(
        rows=[row for row, _ in rows],
        arrays=arrays,
        failures=failures,
        broken=broken,
        seconds=perf_counter() - begin,
    )


def _outcome(
    processor: SampleProcessor, place: int, request: SampleRequest, batch: Batch, *, is_at_home: bool
) -> Failure | RowError | None:
    try:
        return fill_row(processor, place, request, batch)
    except Exception as error:
        # In this process, the error has its traceback with it.
        return RowError(error, None) if is_at_home else RowError(sendable(error), traceback.format_exc())
