"""One pass over samples, with an engine: for what is done once, and not for batches."""

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

_CHUNK = 64
# Chunks in hand, so that workers never wait for the one who takes them: at least so many, and two a worker, because
# some engines give a chunk to one of them alone.
_AHEAD = 4
_AHEAD_OF_EACH = 2


class ChunkResult(NamedTuple):
    """What became of some samples.

    Attributes:
        indices: those that were made, (n,), int64, in the order asked for.
        arrays: what they gave, (n, ...) by name.
        errors: of those that cannot be used.
    """

    indices: Array
    arrays: dict[str, Array]
    errors: list[SampleError]


def parallel_map(engine: Engine, processor: SampleProcessor, indices: Array, description: str) -> Iterator[ChunkResult]:
    """Make rows of samples, each once, in order, with a progress bar.

    Args:
        engine: who does the work.
        processor: what makes the rows.
        indices: which samples, (N,), int64.
        description: what the progress bar calls it.

    Yields:
        The samples, some at a time.

    Raises:
        Exception: whatever a row raises that is no `SampleError`.
    """
    begun: deque[tuple[Array, Batch, Pending]] = deque()
    ahead = max(_AHEAD, _AHEAD_OF_EACH * engine.workers)
    with progress_bar(description, len(indices)) as advance:
        try:
            for start in range(0, len(indices), _CHUNK):
                chunk = indices[start : start + _CHUNK]
                batch = Batch(len(chunk))
                requests = {row: SampleRequest(int(index), 0, int(index)) for row, index in enumerate(chunk)}
                begun.append((chunk, batch, engine.submit(processor, requests, batch)))
                if len(begun) > ahead:
                    yield _swept(*begun[0])
                    advance(len(begun.popleft()[0]))
            while begun:
                yield _swept(*begun[0])
                advance(len(begun.popleft()[0]))
        finally:
            for _, _, pending in begun:
                pending.cancel()


def _swept(indices: Array, batch: Batch, pending: Pending) -> ChunkResult:
    failures = pending.result()
    if not failures:
        return ChunkResult(indices, batch.arrays, [])
    made = np.ones(len(indices), bool)
    made[[failure.row for failure in failures]] = False
    arrays = {name: array[made] for name, array in batch.arrays.items()}
    return ChunkResult(indices[made], arrays, [failure.error for failure in failures])
