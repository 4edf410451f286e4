"""Forks of this process: what they must not inherit as it is.

A fork has copies of all objects, and of the threads only the one that forked. A lock that another thread held is held
for ever there, and who waits for another thread's work waits for ever.
"""

from __future__ import annotations

import os
import threading
import weakref
from typing import Protocol


class Forked(Protocol):
    """Who has to do something in a fork."""

    def after_fork(self) -> None:
        """Come to terms with being in a fork, in the fork, before anything else happens there."""


_told: weakref.WeakSet[Forked] = weakref.WeakSet()


def tell_of_forks(who: Forked) -> None:
    """Call somebody's `after_fork` in each fork of this process, as long as they live."""
    _told.add(who)


class ForkLock:
    """A lock that is free in a fork, whoever held it when the process forked."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        tell_of_forks(self)

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, *exception: object) -> None:
        self._lock.release()

    def after_fork(self) -> None:
        """Be free."""
        self._lock = threading.Lock()


def _tell() -> None:
    for who in list(_told):
        who.after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_tell)
