"""The engine that works in threads: OpenCV and NumPy let go of Python's lock for most of a sample's time."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor

from seqaug.batch import Batch
from seqaug.draw import Draw
from seqaug.engines.base import Failure, RowMaker, fill_row
from seqaug.engines.busy import BusyTime


class ThreadEngine:
    """Makes rows in a pool of threads, which also share the rows of a single batch.

    The threads start at the first use, and end at `close` or when the engine is garbage.

    Args:
        workers: the number of threads, at least 1.
    """

    is_elsewhere = False

    def __init__(self, workers: int) -> None:
        self.workers = workers
        self._busy = BusyTime()
        self._lock = threading.Lock()
        self._executor: ThreadPoolExecutor | None = None

    @property
    def busy_seconds(self) -> float:
        """The time that the threads have spent on rows so far, added up."""
        return self._busy.seconds

    def submit(self, maker: RowMaker, draws: Mapping[int, Draw], batch: Batch) -> _ThreadPending:
        """Queue rows of a batch."""
        with self._lock:
            if self._executor is None:
                self._executor = ThreadPoolExecutor(self.workers, thread_name_prefix="seqaug")
            executor = self._executor
            return _ThreadPending([executor.submit(self._fill, maker, row, draw, batch) for row, draw in draws.items()])

    def _fill(self, maker: RowMaker, row: int, draw: Draw, batch: Batch) -> Failure | None:
        with self._busy.measured():
            return fill_row(maker, row, draw, batch)

    def close(self) -> None:
        """End the threads, after the rows that they are at; rows that nobody has begun are given up."""
        with self._lock:
            executor, self._executor = self._executor, None
        if executor is not None:
            executor.shutdown(cancel_futures=True)


class _ThreadPending:
    def __init__(self, futures: list[Future[Failure | None]]) -> None:
        self._futures = futures

    def result(self) -> list[Failure]:
        try:
            outcomes = [future.result() for future in self._futures]
        finally:
            self.cancel()
        return [failure for failure in outcomes if failure is not None]

    def cancel(self) -> None:
        for future in self._futures:
            future.cancel()
