"""What the main process spends on batches that others make; see simulate_scale.py."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from seqaug.batch import Batch
from seqaug.draw import Draw
from seqaug.engines import ProcessEngine

Array = np.ndarray[Any, Any]

SLOTS = 6
AHEAD = 10


class Ready:
    """Makes rows of nothing, at once, so that what is left is what engines spend."""

    @property
    def where(self) -> Callable[[int], str]:
        """Name a sample."""
        return str

    def sample(self, draw: Draw) -> Mapping[str, Array]:
        """Give one number."""
        return {"image": np.array([draw.index], np.int64)}

    def layout(self, sample: Mapping[str, Array]) -> Any:
        """Give its shape and dtype."""
        return {name: (array.shape, array.dtype) for name, array in sample.items()}

    def write(self, sample: Mapping[str, Array], row: Mapping[str, Array]) -> None:
        """Write it."""
        row["image"][...] = sample["image"]


def process_lines(batch: int, seconds: float) -> Iterator[tuple[str, str, str]]:
    """Measure what the process engine's main process spends on a batch of rows that cost nothing."""
    engine = ProcessEngine(2, SLOTS)
    maker = Ready()
    try:
        engine.submit(maker, {0: Draw(0, 0, 0)}, Batch(1)).result()
        begin, spent = time.perf_counter(), time.process_time()
        count = 0
        pending: deque[Any] = deque()
        while time.perf_counter() - begin < seconds:
            draws = {row: Draw(row, 0, count * batch + row) for row in range(batch)}
            pending.append(engine.submit(maker, draws, Batch(batch)))
            if len(pending) > AHEAD:
                pending.popleft().result()
                count += 1
        spent = (time.process_time() - spent) / count
        for left in pending:
            left.result()
    finally:
        engine.close()
    yield (
        f"handing a batch of {batch} to worker processes, and hearing of it",
        f"{spent * 1000:.2f} ms",
        "the main process's CPU; rows of nothing, two processes",
    )
    yield "so one machine's main process serves at most", f"{1 / spent:,.0f} batches/s", "1 / that"
