"""Resources of a process that must not be left behind: processes, threads, descriptors, shared memory."""

from __future__ import annotations

import ctypes
import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from seqaug.cache import budget

# Orphans become children of this process, and not of the system's first.
_PR_SET_CHILD_SUBREAPER = 36
ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def descendants(*, zombies: bool = False) -> list[int]:
    """List the running processes that this one has started, and those that these have, orphans included.

    Args:
        zombies: whether to list those as well that have ended and were not waited for.
    """
    parents = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            state, parent = (folder / "stat").read_text().rsplit(")", 1)[1].split()[:2]
        except OSError:  # it has just exited
            continue
        if zombies or state != "Z":
            parents[int(folder.name)] = int(parent)
    found = [os.getpid()]
    for pid in found:  # which grows
        found += [child for child, parent in parents.items() if parent == pid]
    return found[1:]


def open_files() -> list[str]:
    """List the targets of this process's descriptors."""
    found = []
    for descriptor in os.listdir("/proc/self/fd"):
        with suppress(OSError):  # the descriptor of this listing
            found.append(os.readlink(f"/proc/self/fd/{descriptor}"))
    return found


# Of the page that all caches of a process share until it exits: descriptor, mapping, and the mapping's descriptor.
_PER_BUDGET = 3


def shared_memory() -> int:
    """Count descriptors and mappings of seqaug's shared memory in this process, except its budget's."""
    mapped = Path("/proc/self/maps").read_text().count("/memfd:seqaug")
    return mapped + sum("/memfd:seqaug" in name for name in open_files()) - _PER_BUDGET * len(budget._budgets)


def threads() -> set[str]:
    """Names of the Python threads."""
    return {thread.name for thread in threading.enumerate()}


def wait_until(condition: Callable[[], bool], description: str) -> None:
    """Wait until a condition holds.

    Raises:
        AssertionError: it does not within a minute.
    """
    for _ in range(6000):
        if condition():
            return
        time.sleep(0.01)
    raise AssertionError(f"not within a minute: {description}")
