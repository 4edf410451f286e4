"""Forks of this process, and what must not be inherited as it is.

A fork copies all objects, but of the threads only the one that forked. A lock that another thread held stays locked
for ever in the fork, and a wait for another thread's work never ends.
"""

from __future__ import annotations

import os
import threading
import weakref
from typing import Protocol


class ForkAware(Protocol):
    """An object that adapts itself in a fork."""

    def after_fork(self) -> None:
        """Adapt, in the fork, before anything else runs there."""


_registered: weakref.WeakSet[ForkAware] = weakref.WeakSet()


def register_after_fork(instance: ForkAware) -> None:
    """Have an object's `after_fork` called in each fork of this process, while the object lives."""
    _registered.add(instance)


class ForkLock:
    """A lock that is free in a fork, even if a thread held it when the process forked."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        register_after_fork(self)

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, *exception: object) -> None:
        self._lock.release()

    def after_fork(self) -> None:
        """Replace the lock by a free one."""
        self._lock = threading.Lock()


def _after_fork_in_child() -> None:
    for instance in list(_registered):
        instance.after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)
