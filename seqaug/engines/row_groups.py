"""Groups of rows: those that need the same sample are made one after another by one worker, which loads it once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from seqaug.core.batch import Batch
from seqaug.core.sample_request import SampleRequest
from seqaug.engines.base import Failure, SampleProcessor, fill_row

Row = tuple[int, SampleRequest]


def row_groups(processor: SampleProcessor, requests: Mapping[int, SampleRequest]) -> list[list[Row]]:
    """Group the rows of a batch that need the same sample, if the processor can share it between them.

    Args:
        processor: makes the rows.
        requests: the requests, by row.

    Returns:
        Rows with their requests, each in one group; groups are in the order of their first rows.
    """
    if not _has_repeated_samples(requests.values()) or not getattr(processor, "shares_samples", False):
        return [[row] for row in requests.items()]
    groups: dict[int, list[Row]] = {}
    for row, request in requests.items():
        groups.setdefault(request.index, []).append((row, request))
    return list(groups.values())


def sharing_processor(processor: SampleProcessor, rows: Sequence[Row]) -> SampleProcessor:
    """Return the processor for some rows, in any thread: it loads a sample that several of them need only once.

    Args:
        processor: makes the rows.
        rows: all rows that the result is used for, once each.
    """
    if len(rows) < 2 or not getattr(processor, "shares_samples", False):
        return processor
    sharing: Any = processor
    shared: SampleProcessor = sharing.sharing([request for _, request in rows])
    return shared


def fill_rows(processor: SampleProcessor, rows: Sequence[Row], batch: Batch) -> list[Failure]:
    """Make rows of a batch in this process, one after another; return the failures."""
    outcomes = [fill_row(processor, row, request, batch) for row, request in rows]
    return [failure for failure in outcomes if failure is not None]


def _has_repeated_samples(requests: Any) -> bool:
    return len(requests) > 1 and len({request.index for request in requests}) < len(requests)
