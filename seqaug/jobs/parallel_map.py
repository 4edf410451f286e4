"""One parallel pass over samples, with an engine."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from seqaug.core.batch import Batch
from seqaug.core.sample_request import SampleRequest
from seqaug.engines.base import Engine, Pending, SampleProcessor
from seqaug.errors import SampleError
from seqaug.utils.progress import progress_bar

Array = np.ndarray[Any, Any]

_CHUNK_SIZE = 64
# Chunks in flight, so that workers never wait for the consumer: at least so many, and two per worker, since some
# engines give a chunk to a single worker.
_MIN_IN_FLIGHT = 4
_IN_FLIGHT_PER_WORKER = 2


class ChunkResult(NamedTuple):
    """Results of some samples.

    Attributes:
        indices: the samples that were processed, (n,), int64, in the given order.
        arrays: their results, stacked, (n, ...) by name.
        errors: the errors of the other samples.
    """

    indices: Array
    arrays: dict[str, Array]
    errors: list[SampleError]


def parallel_map(engine: Engine, processor: SampleProcessor, indices: Array, description: str) -> Iterator[ChunkResult]:
    """Process samples, each once, in order, with a progress bar.

    Args:
        engine: does the work.
        processor: processes the samples.
        indices: indices of the samples, (N,), int64.
        description: text of the progress bar.

    Yields:
        The results, some samples at a time.

    Raises:
        Exception: any error of a sample but a `SampleError`.
    """
    in_flight: deque[tuple[Array, Batch, Pending]] = deque()
    most = max(_MIN_IN_FLIGHT, _IN_FLIGHT_PER_WORKER * engine.workers)
    with progress_bar(description, len(indices)) as advance:
        try:
            for start in range(0, len(indices), _CHUNK_SIZE):
                chunk = indices[start : start + _CHUNK_SIZE]
                batch = Batch(len(chunk))
                requests = {row: SampleRequest(int(index), 0, int(index)) for row, index in enumerate(chunk)}
                in_flight.append((chunk, batch, engine.submit(processor, requests, batch)))
                if len(in_flight) > most:
                    yield _chunk_result(*in_flight[0])
                    advance(len(in_flight.popleft()[0]))
            while in_flight:
                yield _chunk_result(*in_flight[0])
                advance(len(in_flight.popleft()[0]))
        finally:
            for _, _, pending in in_flight:
                pending.cancel()


def _chunk_result(indices: Array, batch: Batch, pending: Pending) -> ChunkResult:
    failures = pending.result()
    if not failures:
        return ChunkResult(indices, batch.arrays, [])
    made = np.ones(len(indices), bool)
    made[[failure.row for failure in failures]] = False
    arrays = {name: array[made] for name, array in batch.arrays.items()}
    return ChunkResult(indices[made], arrays, [failure.error for failure in failures])
