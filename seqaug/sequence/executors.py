"""What can be given as `executor`."""

from __future__ import annotations

from concurrent.futures import Executor
from typing import Any


def check_executor(executor: Any, use_multiprocessing: Any) -> None:
    """Check that an argument is an executor, and that nothing else is asked for beside it.

    Raises:
        TypeError: it is none.
        ValueError: processes of this machine are asked for as well.
    """
    if not isinstance(executor, Executor):
        cure = "any concurrent.futures.Executor"
        if hasattr(executor, "get_executor"):
            cure = "executor=client.get_executor()"
        elif getattr(executor, "__name__", "") == "ray":
            cure = "executor=seqaug.ray.RayExecutor()"
        raise TypeError(f"executor is a {type(executor).__name__}; expected {cure}")
    if use_multiprocessing:
        raise ValueError(
            "use_multiprocessing=True beside executor=, which says who does the work; expected one of them"
        )
