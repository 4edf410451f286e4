"""Pickling what makes rows, for other processes."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any

import cloudpickle

_for_workers: ContextVar[bool] = ContextVar("for_workers", default=False)


def pickled(maker: Any, **options: Any) -> bytes:
    """Pickle with functions and classes of `__main__` whole, and others by their name.

    Args:
        maker: what is pickled.
        **options: of `cloudpickle.dumps`.

    Raises:
        TypeError: something in it cannot be sent to another process.
    """
    token = _for_workers.set(True)
    try:
        data: bytes = cloudpickle.dumps(maker, protocol=5, **options)
    except Exception as error:
        raise TypeError(
            f"the sequence cannot be sent to worker processes: {error}; expected a transform and a subclass whose "
            "attributes can be pickled: open files, connections and locks where they are first used, in load(), or "
            "use threads (use_multiprocessing=False)"
        ) from error
    finally:
        _for_workers.reset(token)
    return data


def is_for_workers() -> bool:
    """Tell whether what is being pickled goes to processes that make rows, and should leave behind all else."""
    return _for_workers.get()
