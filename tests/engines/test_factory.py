"""Which engine the arguments choose."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from seqaug.engines.executor.engine import ExecutorEngine
from seqaug.engines.factory import check_executor, make_engine
from seqaug.engines.inline import InlineEngine
from seqaug.engines.processes.engine import ProcessEngine
from seqaug.engines.threads import ThreadEngine


@pytest.mark.parametrize(
    ("workers", "use_multiprocessing", "kind"),
    [(0, False, InlineEngine), (0, True, InlineEngine), (2, False, ThreadEngine), (2, True, ProcessEngine)],
)
def test_workers_choose_the_engine(workers: int, use_multiprocessing: bool, kind: type) -> None:
    engine = make_engine(workers, use_multiprocessing=use_multiprocessing, max_queue_size=3)
    assert type(engine) is kind
    assert engine.workers == max(workers, 1)
    engine.close()


def test_an_executor_comes_first() -> None:
    with ThreadPoolExecutor(1) as pool:
        engine = make_engine(2, use_multiprocessing=False, max_queue_size=3, executor=pool)
        assert type(engine) is ExecutorEngine
        engine.close()


@pytest.mark.parametrize(
    ("executor", "use_multiprocessing", "error", "message"),
    [
        (3, False, TypeError, r"^executor is a int; expected any concurrent\.futures\.Executor$"),
        (ThreadPoolExecutor(1), True, ValueError, r"^use_multiprocessing=True beside executor="),
    ],
)
def test_invalid_executors(executor: Any, use_multiprocessing: bool, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        check_executor(executor, use_multiprocessing=use_multiprocessing)
