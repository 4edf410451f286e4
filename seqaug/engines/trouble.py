"""What went wrong in another process, told in this one."""

from __future__ import annotations

import pickle


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
