"""What a process has beside its own memory: processes, threads, descriptors."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from seqaug.cache import budget


def children() -> list[int]:
    """List the processes that this one has started and that have not ended."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            state, parent = (folder / "stat").read_text().rsplit(")", 1)[1].split()[:2]
        except OSError:  # it has just ended
            continue
        if int(parent) == os.getpid() and state != "Z":
            found.append(int(folder.name))
    return found


def open_files() -> list[str]:
    """List what the descriptors of this process lead to."""
    found = []
    for descriptor in os.listdir("/proc/self/fd"):
        with suppress(OSError):  # the one that lists them
            found.append(os.readlink(f"/proc/self/fd/{descriptor}"))
    return found


# One page that all caches of a process share to its end: its descriptor, its mapping, and the mapping's descriptor.
_OF_A_BUDGET = 3


def shared_memory() -> int:
    """Count the descriptors and the mappings of seqaug's shared memory in this process, but for its budget's."""
    mapped = Path("/proc/self/maps").read_text().count("/memfd:seqaug")
    return mapped + sum("/memfd:seqaug" in name for name in open_files()) - _OF_A_BUDGET * len(budget._budgets)


def threads() -> set[str]:
    """Name the threads of Python's."""
    return {thread.name for thread in threading.enumerate()}


def wait_until(condition: Callable[[], bool], what: str) -> None:
    """Wait for another process or thread to do what it is about to do.

    Raises:
        AssertionError: a minute has passed, and it has not.
    """
    for _ in range(6000):
        if condition():
            return
        time.sleep(0.01)
    raise AssertionError(f"a minute has passed, and still not: {what}")
