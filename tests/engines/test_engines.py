"""Every engine: the same rows, the same failures, nothing left behind."""

import gc
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

from seqaug import SampleError
from seqaug.core.batch import Batch
from seqaug.core.parallel_threads import is_parallel_thread
from seqaug.core.sample_request import SampleRequest
from seqaug.engines.base import Engine
from seqaug.engines.executor.engine import ExecutorEngine
from seqaug.engines.inline import InlineEngine
from seqaug.engines.threads import ThreadEngine


class CountingPipeline:
    """A pipeline of numbers; some indices cannot be used, and some raise other errors."""

    def __init__(self) -> None:
        self.bad: set[int] = set()
        self.broken: set[int] = set()
        self.gate = threading.Event()
        self.gate.set()
        self.made: list[int] = []

    def describe(self, index: int) -> str:
        return f"number {index}"

    def sample(self, request: SampleRequest) -> dict[str, np.ndarray]:
        assert self.gate.wait(30)
        self.made.append(request.index)
        if request.index in self.bad:
            raise SampleError(request.index, self.describe(request.index), "bad")
        if request.index in self.broken:
            raise RuntimeError(f"broken {request.index}")
        return {"image": np.full((2, 2), request.index * 10 + request.epoch)}

    def layout(self, sample: dict[str, np.ndarray]) -> Any:
        return {name: (array.shape, array.dtype) for name, array in sample.items()}

    def write(self, sample: dict[str, np.ndarray], row: dict[str, np.ndarray]) -> None:
        row["image"][...] = sample["image"]


ENGINES: dict[str, Callable[[], Engine]] = {
    "inline": InlineEngine,
    "1 thread": lambda: ThreadEngine(1),
    "4 threads": lambda: ThreadEngine(4),
    "executor": lambda: ExecutorEngine(ThreadPoolExecutor(2), 5),
}


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    engine = ENGINES[request.param]()
    yield engine
    engine.close()


@pytest.fixture
def pipeline() -> Any:
    return CountingPipeline()


def requests(*indices: int) -> dict[int, SampleRequest]:
    return {row: SampleRequest(index, 1, row) for row, index in enumerate(indices)}


def test_rows_stand_in_their_places(engine: Engine, pipeline: Any) -> None:
    batches = [Batch(8) for _ in range(5)]
    pending = [engine.submit(pipeline, requests(*range(k, k + 8)), batch) for k, batch in enumerate(batches)]
    assert [rows.result() for rows in pending] == [[]] * 5
    for k, batch in enumerate(batches):
        assert batch.arrays["image"][:, 0, 0].tolist() == [10 * index + 1 for index in range(k, k + 8)]


def test_some_rows_of_a_batch(engine: Engine, pipeline: Any) -> None:
    batch = Batch(4)
    engine.submit(pipeline, requests(1, 2, 3, 4), batch).result()
    engine.submit(pipeline, {2: SampleRequest(9, 0, 2)}, batch).result()
    assert batch.arrays["image"][:, 0, 0].tolist() == [11, 21, 90, 41]


def test_some_rows_of_a_batch_after_close(engine: Engine, pipeline: Any) -> None:
    batch = Batch(4)
    engine.submit(pipeline, requests(1, 2, 3, 4), batch).result()
    engine.close()
    engine.submit(pipeline, {2: SampleRequest(9, 0, 2)}, batch).result()
    assert batch.arrays["image"][:, 0, 0].tolist() == [11, 21, 90, 41]


def test_failures_come_in_row_order(engine: Engine, pipeline: Any) -> None:
    pipeline.bad = {5, 2, 7}
    batch = Batch(8)
    failures = engine.submit(pipeline, requests(*range(8)), batch).result()
    assert [(failure.row, failure.error.index) for failure in failures] == [(2, 2), (5, 5), (7, 7)]
    assert batch.arrays["image"][[0, 1, 3, 4, 6], 0, 0].tolist() == [1, 11, 31, 41, 61]


def test_the_error_of_the_lowest_row_is_raised(engine: Engine, pipeline: Any) -> None:
    pipeline.broken = {3, 6}
    for _ in range(5):
        with pytest.raises(RuntimeError, match="broken 3"):
            engine.submit(pipeline, requests(*range(8)), Batch(8)).result()
    assert engine.submit(pipeline, requests(1, 2), Batch(2)).result() == []


def test_an_engine_works_again_after_close(engine: Engine, pipeline: Any) -> None:
    for _ in range(2):
        assert engine.submit(pipeline, requests(1, 2), Batch(2)).result() == []
        engine.close()


def test_cancelled_rows_are_not_made(pipeline: Any) -> None:
    engine = ThreadEngine(1)
    pipeline.gate.clear()
    pending = [engine.submit(pipeline, requests(index), Batch(1)) for index in range(20)]
    for rows in pending[1:]:
        rows.cancel()
    pipeline.gate.set()
    pending[0].result()
    engine.close()
    assert pipeline.made == [0]


def test_close_waits_for_running_rows_and_leaves_no_thread(pipeline: Any) -> None:
    others = set(threading.enumerate())
    engine = ThreadEngine(3)
    pending = engine.submit(pipeline, requests(*range(6)), Batch(6))
    assert pending.result() == []
    assert len(set(threading.enumerate()) - others) == 3
    engine.close()
    assert set(threading.enumerate()) <= others


def test_a_garbage_collected_engine_leaves_no_thread(pipeline: Any) -> None:
    others = set(threading.enumerate())
    engine = ThreadEngine(3)
    engine.submit(pipeline, requests(*range(6)), Batch(6)).result()
    threads = set(threading.enumerate()) - others
    assert len(threads) == 3
    gone = weakref.ref(engine)
    del engine
    gc.collect()
    for thread in threads:
        thread.join(30)
    assert gone() is None
    assert not any(thread.is_alive() for thread in threads)


def test_rows_cancelled_by_close_raise(pipeline: Any) -> None:
    engine = ThreadEngine(1)
    pipeline.gate.clear()
    *_, last = [engine.submit(pipeline, requests(index), Batch(1)) for index in range(2)]
    closing = threading.Thread(target=engine.close)
    closing.start()
    with pytest.raises(RuntimeError, match=r"^the workers were stopped \(close\) while a batch was being made$"):
        last.result()
    pipeline.gate.set()
    closing.join(30)
    assert engine.submit(pipeline, requests(1), Batch(1)).result() == []
    engine.close()


def test_an_abandoned_engine_does_not_wait_for_its_threads(pipeline: Any) -> None:
    pipeline.gate.clear()
    engine = ThreadEngine(1)
    engine.submit(pipeline, requests(1, 2), Batch(2))
    engine.abandon()
    pipeline.gate.set()
    engine.close()


ENDING = """
import sys, time
import numpy as np
from seqaug.core.batch import Batch
from seqaug.core.sample_request import SampleRequest
from seqaug.engines.threads import ThreadEngine

class Slow:
    describe = staticmethod(str)

    def sample(self, request):
        print(request.index, flush=True)
        time.sleep(0.01)
        return {"image": np.zeros(2)}

    def layout(self, sample):
        return {"image": ((2,), np.dtype(float))}

    def write(self, sample, row):
        pass

engine = ThreadEngine(2)
slow = Slow()
pending = [engine.submit(slow, {0: SampleRequest(k, 0, k)}, Batch(1)) for k in range(3000)]
pending[3].result()
"""


@pytest.mark.timeout(120)
def test_interpreter_exit_waits_for_no_queued_row() -> None:
    done = subprocess.run([sys.executable, "-c", ENDING], capture_output=True, text=True, timeout=110, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert 4 <= len(done.stdout.split()) < 1500


def test_rows_of_one_batch_are_shared_by_the_threads(pipeline: Any) -> None:
    """Each row waits until all four are in the making, which needs four threads."""
    barrier = threading.Barrier(4, timeout=30)
    sample = pipeline.sample

    def meet(request: SampleRequest) -> dict[str, np.ndarray]:
        barrier.wait()
        return sample(request)

    pipeline.sample = meet
    engine = ThreadEngine(4)
    assert engine.submit(pipeline, requests(0, 1, 2, 3), Batch(4)).result() == []
    engine.close()


class NotingPipeline(CountingPipeline):
    """A pipeline that notes what its threads are."""

    def __init__(self) -> None:
        super().__init__()
        self.are_parallel: set[bool] = set()

    def sample(self, request: SampleRequest) -> dict[str, np.ndarray]:
        self.are_parallel.add(is_parallel_thread())
        return super().sample(request)


ENGINES_OF_THREADS = [(InlineEngine, False), (lambda: ThreadEngine(1), False), (lambda: ThreadEngine(2), True)]


@pytest.mark.parametrize(("make", "are_parallel"), ENGINES_OF_THREADS)
def test_threads_know_whether_they_are_several(make: Callable[[], Engine], are_parallel: bool) -> None:
    engine, pipeline = make(), NotingPipeline()
    engine.submit(pipeline, {0: SampleRequest(0, 0, 0)}, Batch(1)).result()
    engine.close()
    assert pipeline.are_parallel == {are_parallel}
