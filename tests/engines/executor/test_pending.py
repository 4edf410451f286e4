"""Lost tasks, and failing executors."""

import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

from seqaug.core.batch import Batch
from seqaug.core.sample_request import SampleRequest
from seqaug.engines.executor.engine import ExecutorEngine


class Numbers:
    """Makes rows of numbers."""

    describe = staticmethod("number {}".format)

    def sample(self, request: SampleRequest) -> dict[str, np.ndarray]:
        return {"image": np.array([request.index])}

    def layout(self, sample: Any) -> Any:
        return {name: (array.shape, array.dtype) for name, array in sample.items()}

    def write(self, sample: Any, row: Any) -> None:
        row["image"][...] = sample["image"]


class Losing(Executor):
    """Runs tasks at once, but loses the first `lost`: they raise `error`, or are cancelled."""

    def __init__(self, lost: int, error: BaseException | None) -> None:
        self.lost = lost
        self.error = error
        self.submitted = 0

    def submit(self, fn: Callable[..., Any], /, *arguments: Any, **named: Any) -> Future[Any]:
        self.submitted += 1
        future: Future[Any] = Future()
        if self.submitted > self.lost:
            future.set_result(fn(*arguments, **named))
        elif self.error is None:
            future.cancel()
            future.set_running_or_notify_cancel()
        else:
            future.set_exception(self.error)
        return future


LOSSES = [ConnectionError("the node is gone"), None]


@pytest.mark.parametrize("error", LOSSES)
def test_a_lost_task_is_resubmitted(error: BaseException | None) -> None:
    executor, processor, batch = Losing(2, error), Numbers(), Batch(2)
    pending = ExecutorEngine(executor, 4).submit(
        processor, {0: SampleRequest(5, 0, 0), 1: SampleRequest(7, 0, 1)}, batch
    )
    assert pending.result() == []
    assert batch.arrays["image"].tolist() == [[5], [7]]
    assert executor.submitted == 3


@pytest.mark.parametrize("error", LOSSES)
def test_three_losses_are_an_error_that_names_the_samples(error: BaseException | None) -> None:
    processor = Numbers()
    pending = ExecutorEngine(Losing(99, error), 4).submit(
        processor, {0: SampleRequest(5, 0, 0), 1: SampleRequest(7, 0, 1)}, Batch(2)
    )
    cause = "ConnectionError: the node is gone" if error else "CancelledError"
    with pytest.raises(
        RuntimeError,
        match=rf"^2 samples, of which sample 5 \(number 5\) is the first, were lost 3 times .* Losing; .*: {cause}",
    ):
        pending.result()


def test_cancelled_rows_are_not_made() -> None:
    gate = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        pool.submit(gate.wait, 30)
        engine, processor = ExecutorEngine(pool, 2), Numbers()
        pending = [engine.submit(processor, {0: SampleRequest(index, 0, 0)}, Batch(1)) for index in range(3)]
        pending[0].cancel()
        engine.close()
        gate.set()
        for rows in pending:
            with pytest.raises(RuntimeError, match=r"were stopped \(close\) while a batch was being made"):
                rows.result()


@pytest.mark.parametrize(("workers", "expected"), [(3, 3), (99, 10), (None, 10)])
def test_workers_are_counted(workers: int | None, expected: int) -> None:
    executor = Losing(0, None)
    if workers is not None:
        executor._max_workers = workers  # type: ignore[attr-defined]
    assert ExecutorEngine(executor, 10).workers == expected


def test_busy_time_is_summed() -> None:
    engine, processor = ExecutorEngine(Losing(0, None), 10), Numbers()
    engine.submit(processor, {row: SampleRequest(row, 0, row) for row in range(100)}, Batch(100)).result()
    assert engine.busy_seconds > 0
