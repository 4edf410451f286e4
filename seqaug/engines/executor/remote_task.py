"""The task that the processes of an executor run: making rows."""

from __future__ import annotations

import pickle
import traceback
from itertools import chain
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
    pack_answer,
)
from seqaug.engines.executor.receiver import process_name, processor_for
from seqaug.engines.row_groups import row_groups, sharing_processor
from seqaug.engines.serialization import picklable_error
from seqaug.sources.string_table import MissingStringsError, provide_strings


def make_rows(task: bytes, payload: bytes | None) -> tuple[Any, ...]:
    """Make rows, or answer what is missing; an error raised here has nothing to do with samples.

    Args:
        task: a `RowsTask`, pickled, so that no executor inspects it.
        payload: the pickled processor, if it was sent along.

    Returns:
        An `Answer`, packed.
    """
    return pack_answer(_answer(task, payload))


def _answer(pickled_task: bytes, payload: bytes | None) -> Answer:
    task: RowsTask = pickle.loads(pickled_task)
    try:
        processor = processor_for(task, payload)
    except Exception as error:
        return LoadFailed(picklable_error(error), traceback.format_exc())
    if processor is None:
        return PayloadMissing()
    try:
        with provide_strings(task.strings or ()):
            return _rows_done(processor, task)
    except MissingStringsError:
        return StringsMissing()


def _rows_done(processor: SampleProcessor, task: RowsTask) -> RowsDone:
    start = perf_counter()
    batch = Batch(len(task.rows), task.padding)
    # By the rows' places in this task's arrays.
    places = dict(enumerate(request for _, request in task.rows))
    written: list[int] = []
    failures, row_error = [], None
    groups = row_groups(processor, places)
    processor = sharing_processor(processor, list(places.items()))
    for place, request in chain.from_iterable(groups):
        outcome = _fill_row(processor, place, request, batch, is_local=task.sender == process_name())
        if isinstance(outcome, RowError):
            row_error = outcome
            break
        if outcome is None:
            written.append(place)
        else:
            failures.append(outcome._replace(row=task.rows[place][0]))
    written.sort()
    return RowsDone(
        rows=[task.rows[place][0] for place in written],
        arrays={} if row_error else batch.finished(written),
        failures=sorted(failures, key=lambda failure: failure.row),
        error=row_error,
        seconds=perf_counter() - start,
    )


def _fill_row(
    processor: SampleProcessor, place: int, request: SampleRequest, batch: Batch, *, is_local: bool
) -> Failure | RowError | None:
    try:
        return fill_row(processor, place, request, batch)
    except Exception as error:
        # In the sender's process, the error keeps its own traceback.
        return RowError(error, None) if is_local else RowError(picklable_error(error), traceback.format_exc())
