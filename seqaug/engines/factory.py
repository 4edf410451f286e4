"""Chooses the engine: the calling thread, threads, processes or an executor."""

from __future__ import annotations

import logging
from concurrent.futures import Executor
from typing import Any, Literal

from seqaug.engines.auto import AutoEngine
from seqaug.engines.base import Engine
from seqaug.engines.choice import Choice, most_processes
from seqaug.engines.executor.engine import ExecutorEngine
from seqaug.engines.inline import InlineEngine
from seqaug.engines.processes.engine import ProcessEngine
from seqaug.engines.threads import ThreadEngine

Workers = int | Literal["auto"]

_logger = logging.getLogger("seqaug")


def make_engine(
    workers: Workers, *, use_multiprocessing: bool, max_queue_size: int, executor: Executor | None = None
) -> Engine:
    """Create the engine that the arguments ask for; it starts its workers when it first needs them.

    Args:
        workers: how many threads or processes; 0: the calling thread does the work; "auto": chosen at the first batch,
            processes at once.
        use_multiprocessing: whether workers are processes.
        max_queue_size: number of prefetched batches.
        executor: used instead of local workers, where there is one.
    """
    if executor is not None:
        return ExecutorEngine(executor, max_queue_size)
    if workers == "auto":
        if not use_multiprocessing:
            return AutoEngine(max_queue_size)
        workers = most_processes()
        choice = Choice(workers, use_processes=True, reason="use_multiprocessing=True")
        _logger.info('workers="auto": %s, as %s', choice.label, choice.reason)
    if not workers:
        return InlineEngine()
    if not use_multiprocessing:
        return ThreadEngine(workers)
    # One slot per batch that can be alive at once: queued, being made, in use, and the next one.
    return ProcessEngine(workers, slots=max_queue_size + workers + 2)


def check_executor(executor: Any, *, use_multiprocessing: Any) -> None:
    """Check the argument `executor`.

    Raises:
        TypeError: it is no `concurrent.futures.Executor`.
        ValueError: `use_multiprocessing` asks for local processes as well.
    """
    if not isinstance(executor, Executor):
        hint = "any concurrent.futures.Executor"
        if hasattr(executor, "get_executor"):
            hint = "executor=client.get_executor()"
        elif getattr(executor, "__name__", "") == "ray":
            hint = "executor=seqaug.ray.RayExecutor()"
        raise TypeError(f"executor is a {type(executor).__name__}; expected {hint}")
    if use_multiprocessing:
        raise ValueError(
            "use_multiprocessing=True beside executor=, which says who does the work; expected one of them"
        )
