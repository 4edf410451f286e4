"""Serialization of values and errors that are sent between processes."""

from __future__ import annotations

import io
import pickle
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

import cloudpickle
import numpy as np

Reduce = Callable[[np.ndarray[Any, Any]], Any]

_for_workers: ContextVar[bool] = ContextVar("for_workers", default=False)


def pickle_for_workers(
    value: Any, *, buffer_callback: Callable[[Any], Any] | None = None, reduce: Reduce | None = None
) -> bytes:
    """Pickle a value for worker processes: functions and classes of `__main__` by value, others by reference.

    Args:
        value: the value.
        buffer_callback: takes the memory of arrays, as for `pickle`.
        reduce: returns what `__reduce__` would for an array, or None for the default.

    Raises:
        TypeError: a part of the value cannot be pickled.
        OSError: a file that the value refers to is missing.
    """
    file = io.BytesIO()
    token = _for_workers.set(True)
    try:
        _Pickler(file, buffer_callback, reduce).dump(value)
    except OSError:
        raise
    except Exception as error:
        raise TypeError(
            f"the sequence cannot be sent to worker processes: {error}; expected a transform and a subclass whose "
            "attributes can be pickled: open files, connections and locks where they are first used, in load(), or "
            "use threads (use_multiprocessing=False)"
        ) from error
    finally:
        _for_workers.reset(token)
    return file.getvalue()


def is_for_workers() -> bool:
    """Return whether the running pickling is for worker processes, which need only what makes rows."""
    return _for_workers.get()


class _Pickler(cloudpickle.Pickler):
    def __init__(self, file: io.BytesIO, buffer_callback: Any, reduce: Reduce | None) -> None:
        super().__init__(file, protocol=5, buffer_callback=buffer_callback)
        self._reduce = reduce

    def reducer_override(self, value: Any) -> Any:
        """Reduce arrays as `reduce` says, and other values as cloudpickle does."""
        reduced = self._reduce(value) if self._reduce is not None and isinstance(value, np.ndarray) else None
        return super().reducer_override(value) if reduced is None else reduced


class WorkerError(Exception):
    """Carries a worker's traceback, as the cause of the error raised there."""

    def __str__(self) -> str:
        return f"in a worker process\n{self.args[0]}"


def with_traceback(error: BaseException, traceback: str | None) -> BaseException:
    """Return a worker's error with its traceback there as the cause; None: it was raised in this process."""
    if traceback is not None:
        error.__cause__ = WorkerError(traceback)
    return error


def closed_error() -> RuntimeError:
    """Return the error for a batch whose workers were stopped."""
    return RuntimeError("the workers were stopped (close) while a batch was being made")


def picklable_error(error: BaseException) -> BaseException:
    """Return the error itself if it can be pickled and unpickled, else a `RuntimeError` with the same message."""
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error
