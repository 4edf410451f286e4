"""What crosses between processes: values, and errors."""

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


def pickled(
    processor: Any, *, buffer_callback: Callable[[Any], Any] | None = None, reduce: Reduce | None = None
) -> bytes:
    """Pickle with functions and classes of `__main__` whole, and others by their name.

    Args:
        processor: what is pickled.
        buffer_callback: takes the memory of arrays, as that of `pickle`.
        reduce: gives what `__reduce__` does for an array, or None where it has no way of its own.

    Raises:
        TypeError: something in it cannot be sent to another process.
        OSError: the file of something in it is not there.
    """
    file = io.BytesIO()
    token = _for_workers.set(True)
    try:
        _Pickler(file, buffer_callback, reduce).dump(processor)
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
    """Tell whether what is being pickled goes to processes that make rows, and should leave behind all else."""
    return _for_workers.get()


class _Pickler(cloudpickle.Pickler):
    def __init__(self, file: io.BytesIO, buffer_callback: Any, reduce: Reduce | None) -> None:
        super().__init__(file, protocol=5, buffer_callback=buffer_callback)
        self._reduce = reduce

    def reducer_override(self, value: Any) -> Any:
        """Say how a value is pickled, before anything else does."""
        reduced = self._reduce(value) if self._reduce is not None and isinstance(value, np.ndarray) else None
        return super().reducer_override(value) if reduced is None else reduced


class WorkerError(Exception):
    """Carries the traceback of a worker, as the cause of the error that it belongs to."""

    def __str__(self) -> str:
        return f"in a worker process\n{self.args[0]}"


def with_traceback(error: BaseException, traceback: str | None) -> BaseException:
    """Give an error of a worker with its traceback there as the cause; None where it was this process."""
    if traceback is not None:
        error.__cause__ = WorkerError(traceback)
    return error


def ended() -> RuntimeError:
    """Make the error of those who wait for rows that were given up."""
    return RuntimeError("the workers were ended (close) while a batch was being made")


def sendable(error: BaseException) -> BaseException:
    """Give the error itself where it survives the way, else one that says the same."""
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error
