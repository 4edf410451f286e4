"""Cost for the main process of batches made by workers; see simulate_scale.py."""

from __future__ import annotations

import heapq
import pickle
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor, Future
from contextlib import suppress
from importlib.util import find_spec
from typing import Any

import numpy as np
from executors import EXECUTORS

import seqaug
from seqaug.core.batch import Batch
from seqaug.core.sample_request import SampleRequest
from seqaug.engines.base import Engine
from seqaug.engines.executor.engine import ExecutorEngine
from seqaug.engines.executor.protocol import RowsDone, RowsTask, pack_answer
from seqaug.engines.processes.engine import ProcessEngine

Array = np.ndarray[Any, Any]
Line = tuple[str, str, str]

SLOTS = 6
AHEAD = 10
PAIRS, EPOCH = 100_000, 5_000_000
NETWORKS = {"10 Gb/s": 1.25e9, "100 Gb/s": 12.5e9}


class Rows:
    """Makes constant rows instantly, so that only the engines' overhead remains.

    Args:
        shape: shape of a row.
    """

    def __init__(self, shape: tuple[int, ...]) -> None:
        self._shape = shape

    @property
    def describe(self) -> Callable[[int], str]:
        """Describe a sample."""
        return str

    def sample(self, request: SampleRequest) -> Mapping[str, Array]:
        """Return a row."""
        return {"image": np.broadcast_to(np.float32(request.index), self._shape)}

    def layout(self, sample: Mapping[str, Array]) -> Any:
        """Return its shape and dtype."""
        return {name: (array.shape, array.dtype) for name, array in sample.items()}

    def write(self, sample: Mapping[str, Array], row: Mapping[str, Array]) -> None:
        """Write the row."""
        row["image"][...] = sample["image"]


def engine_lines(batch: int, size: int, seconds: float) -> Iterator[Line]:
    """Measure the main process's cost per batch with our processes, Dask and Ray."""
    rows = {f"{batch} numbers": (1,), f"{batch}x{size}x{size}x3 float32": (size, size, 3)}
    processes = ProcessEngine(2, SLOTS)
    for name, shape in rows.items():
        yield _overhead("two local processes", name, processes, shape, batch, seconds)
    processes.close()
    for kind, library in (("dask", "distributed"), ("ray", "ray")):
        if find_spec(library) is not None:
            with EXECUTORS[kind](2) as executor:
                for name, shape in rows.items():
                    engine = ExecutorEngine(executor, AHEAD)
                    yield _overhead(f"two workers of {kind.capitalize()}", name, engine, shape, batch, seconds)


def _overhead(workers: str, rows: str, engine: Engine, shape: tuple[int, ...], batch: int, seconds: float) -> Line:
    processor = Rows(shape)

    def submit(number: int) -> Any:
        return engine.submit(
            processor, {row: SampleRequest(row, 0, number * batch + row) for row in range(batch)}, Batch(batch)
        )

    for number in range(2 * AHEAD):
        submit(number).result()
    alone = []
    for number in range(AHEAD):
        start = time.perf_counter()
        submit(number).result()
        alone.append(time.perf_counter() - start)
    start, spent, count = time.perf_counter(), time.process_time(), 0
    pending = deque(submit(number) for number in range(AHEAD))
    while (elapsed := time.perf_counter() - start) < seconds:
        pending.append(submit(count + AHEAD))
        pending.popleft().result()
        count += 1
    spent = (time.process_time() - spent) / count
    for left in pending:
        left.result()
    return (
        f"{workers}, batches of {rows}",
        f"{count / elapsed:,.0f} batches/s",
        f"CPU of the main process {spent * 1e3:.2f} ms per batch; a single batch takes {np.median(alone) * 1e3:.1f} ms",
    )


class SimulatedCluster(Executor):
    """Answers each task after the time that a worker would need, once a simulated worker is free.

    Args:
        workers: number of workers.
        seconds: time of a worker per batch.
        arrays: the arrays of every answer.
    """

    def __init__(self, workers: int, seconds: float, arrays: dict[str, Array]) -> None:
        self._max_workers = workers
        self._seconds = seconds
        self._arrays = arrays
        self._free = [0.0] * workers
        self._due: list[tuple[float, int, Future[Any], list[int]]] = []
        self._count = 0
        self._wake = threading.Condition()
        self._is_stopped = False
        self._thread = threading.Thread(target=self._answer, daemon=True)
        self._thread.start()

    def submit(self, fn: Callable[..., Any], /, *arguments: Any, **named: Any) -> Future[Any]:
        """Accept a task of the engine."""
        task: RowsTask = pickle.loads(arguments[0])
        future: Future[Any] = Future()
        with self._wake:
            ready = max(heapq.heappop(self._free), time.perf_counter()) + self._seconds
            heapq.heappush(self._free, ready)
            heapq.heappush(self._due, (ready, self._count, future, [row for row, _ in task.rows]))
            self._count += 1
            self._wake.notify()
        return future

    def _answer(self) -> None:
        while not self._is_stopped:
            with self._wake:
                wait = self._due[0][0] - time.perf_counter() if self._due else None
                if wait is None or wait > 0:
                    self._wake.wait(wait)
                    continue
                _, _, future, rows = heapq.heappop(self._due)
            with suppress(Exception):  # it was cancelled
                future.set_result(pack_answer(RowsDone(rows, self._arrays, [], None, self._seconds)))

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Stop answering."""
        with self._wake:
            self._is_stopped = True
            self._wake.notify()
        self._thread.join()


def cluster_lines(workers: int, sample_seconds: float, batch: int, size: int, seconds: float) -> Iterator[Line]:
    """Measure how many batches per second the main process can receive from a cluster, and other limits."""
    images, masks = ([f"/data/train/{kind}/{number:08}.png" for number in range(PAIRS)] for kind in ("images", "masks"))
    arrays = {"image": np.zeros((batch, size, size, 3), np.float32), "mask": np.zeros((batch, size, size), np.uint8)}
    with (
        SimulatedCluster(workers, batch * sample_seconds, arrays) as cluster,
        seqaug.SegmentationSequence(
            images,
            masks,
            num_classes=2,
            batch_size=batch,
            samples_per_epoch=EPOCH,
            executor=cluster,
            max_queue_size=2 * workers,
        ) as sequence,
    ):
        batches = iter(sequence)
        next(batches)
        start, spent, count = time.perf_counter(), time.process_time(), 0
        while (elapsed := time.perf_counter() - start) < seconds and next(batches, None) is not None:
            count += 1
        spent = (time.process_time() - spent) / count
        batches.close()  # type: ignore[attr-defined]
    yield (
        f"taken from {workers:,} simulated workers",
        f"{count / elapsed:,.0f} batches/s",
        f"{spent * 1e3:.2f} ms of CPU per batch; {workers:,} workers make at most "
        f"{workers / batch / sample_seconds:,.0f}, {sample_seconds * 1e3:.0f} ms per sample",
    )
    for kind, rescaled in (("float32", arrays["image"].nbytes), ("uint8", arrays["image"].nbytes // 4)):
        size_of_batch = rescaled + arrays["mask"].nbytes
        for network, bandwidth in NETWORKS.items():
            limit = bandwidth / size_of_batch
            yield (
                f"through {network}, {kind}",
                f"{limit:,.0f} batches/s",
                f"{bandwidth / 1e9:g} GB/s / {size_of_batch / 1e6:.1f} MB; the work of "
                f"{limit * batch * sample_seconds:,.0f} workers",
            )
