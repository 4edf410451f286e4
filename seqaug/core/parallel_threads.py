"""Which threads share Python's lock: those of a pool that makes several samples at the same time."""

from __future__ import annotations

import threading

_this_thread = threading.local()


def mark_parallel_thread() -> None:
    """Mark this thread as one of several that make samples at the same time."""
    _this_thread.is_parallel = True


def is_parallel_thread() -> bool:
    """Tell whether this thread is one of several that make samples at the same time.

    Functions that hold Python's lock while they compute keep the other threads waiting there.
    """
    return getattr(_this_thread, "is_parallel", False)
