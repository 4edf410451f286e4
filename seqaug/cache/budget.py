"""How much memory there is to spend, and the one budget that all caches of a process share."""

from __future__ import annotations

import mmap
import os
import posixpath
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from seqaug.core.shared_memory import SharedFile

# Of the memory that is free but for the caches: the model, batches and page cache need some as well.
DEFAULT_SHARE = 0.5

# What the numbers of a budget are.
_LIMIT, _TAKEN = range(2)


class MemoryBudget:
    """What the caches in memory of one process may take together, whichever of its workers fill them.

    It can be sent to workers, who spend of the same budget.
    """

    def __init__(self) -> None:
        self._file = SharedFile(mmap.ALLOCATIONGRANULARITY)
        self._map()

    def _map(self) -> None:
        self._numbers: np.ndarray[Any, Any] = np.frombuffer(
            mmap.mmap(self._file.descriptor, self._file.size), np.int64, 2
        )
        self._lock = threading.Lock()
        self._returned: deque[int] = deque()

    def __getstate__(self) -> dict[str, Any]:
        return {"_file": self._file}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._map()

    @property
    def limit(self) -> int:
        """Bytes that caches may take that have no limits of their own."""
        return int(self._numbers[_LIMIT])

    def settle(self, free: int) -> None:
        """Settle the limit by what is free now, beside what the caches have already."""
        with self._exclusively():
            self._numbers[_LIMIT] = int((free + int(self._numbers[_TAKEN])) * DEFAULT_SHARE)
        self._count_returned()

    def take(self, size: int, *, limited: bool) -> bool:
        """Take some bytes, and tell whether there were as many left; a cache with a limit of its own gets them anyway.

        Args:
            size: how many.
            limited: whether this budget's limit holds.
        """
        with self._exclusively():
            taken = int(self._numbers[_TAKEN]) + size
            is_left = not limited or taken <= self._numbers[_LIMIT]
            if is_left:
                self._numbers[_TAKEN] = taken
        self._count_returned()
        return is_left

    def give_back(self, size: int) -> None:
        """Give back some bytes; waits for nobody, as the garbage collector calls it in the midst of anything."""
        self._returned.append(size)
        self._count_returned()

    def _count_returned(self) -> None:
        # Whoever has the lock now, possibly this thread, counts them afterwards.
        while self._returned and self._lock.acquire(blocking=False):
            try:
                if self._returned:  # no other thread was faster
                    with self._without_other_processes():
                        self._numbers[_TAKEN] -= self._returned.popleft()
            finally:
                self._lock.release()

    @contextmanager
    def _exclusively(self) -> Iterator[None]:
        """Lock out other threads, and other processes, whose locks end with them."""
        with self._lock, self._without_other_processes():
            yield

    @contextmanager
    def _without_other_processes(self) -> Iterator[None]:
        import fcntl  # of POSIX systems alone, and the package is imported on others as well

        fcntl.lockf(self._file.descriptor, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.lockf(self._file.descriptor, fcntl.LOCK_UN)


class _Kind(NamedTuple):
    """Where control groups of a version keep what they count."""

    limits: tuple[str, ...]
    used: str
    page_cache: tuple[str, ...]


# https://docs.kernel.org/admin-guide/cgroup-v2.html and .../cgroup-v1/memory.html; "file" in memory.stat would count
# shared memory, which is not given up, as page cache.
_SECOND = _Kind(("memory.max", "memory.high"), "memory.current", ("active_file", "inactive_file", "slab_reclaimable"))
_FIRST = _Kind(("memory.limit_in_bytes",), "memory.usage_in_bytes", ("total_active_file", "total_inactive_file"))

_budget_lock = threading.Lock()
_budgets: dict[int, MemoryBudget] = {}


def process_budget() -> MemoryBudget:
    """Give the budget of this process; that of a process which this one was forked from is another one."""
    process = os.getpid()
    with _budget_lock:
        if process not in _budgets:
            _budgets.clear()
            _budgets[process] = MemoryBudget()
        return _budgets[process]


def free_memory(root: Path = Path("/")) -> int:
    """Give the bytes of memory that are free: of the machine, and of the control groups, whichever are fewer.

    The groups are that of this process and all above it, of version 1 or 2: containers, jobs of Slurm, slices of
    systemd. Page cache, which the system gives up when it needs room, counts as free. Where the system does not say
    what is free, half of its memory does.

    Args:
        root: where the system's files are looked for.
    """
    return max(min([_machine(root), *_control_groups(root)]), 0)


def _machine(root: Path) -> int:
    try:
        lines = (root / "proc/meminfo").read_text().splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))
    except (OSError, StopIteration):
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2


def _control_groups(root: Path) -> Iterator[int]:
    """Give what is free in each group that has a limit."""
    with suppress(OSError, ValueError):  # a system without such groups
        mounts = _mounts((root / "proc/self/mountinfo").read_text())
        for line in (root / "proc/self/cgroup").read_text().splitlines():
            number, controllers, path = line.split(":", 2)
            kind = _SECOND if number == "0" and not controllers else _FIRST
            if kind is _SECOND or "memory" in controllers.split(","):
                for mounted, where in mounts[kind]:
                    for folder in _from_group_up(root / where.lstrip("/"), posixpath.relpath(path, mounted)):
                        yield from _free_in(folder, kind)


def _mounts(text: str) -> dict[_Kind, list[tuple[str, str]]]:
    """Find which part of each hierarchy of groups is mounted where (proc_pid_mountinfo(5))."""
    mounts: dict[_Kind, list[tuple[str, str]]] = {_FIRST: [], _SECOND: []}
    for line in text.splitlines():
        mount, _, rest = line.partition(" - ")
        (_, _, _, mounted, where, *_), (file_system, _, options, *_) = mount.split(), rest.split()
        if file_system == "cgroup2":
            mounts[_SECOND].append((mounted, where))
        elif file_system == "cgroup" and "memory" in options.split(","):
            mounts[_FIRST].append((mounted, where))
    return mounts


def _from_group_up(top: Path, group: str) -> Iterator[Path]:
    """Give the folders of a group and of those above it, as far as they can be seen."""
    # A container may see its own group as the top, under a path that is that of the system around it.
    parts = [] if ".." in group.split("/") else [part for part in group.split("/") if part != "."]
    for count in range(len(parts), -1, -1):
        yield top.joinpath(*parts[:count])


def _free_in(folder: Path, kind: _Kind) -> Iterator[int]:
    with suppress(OSError, ValueError):  # the group counts no memory
        used = int((folder / kind.used).read_text())
        with suppress(OSError, ValueError):
            counts = dict(line.split() for line in (folder / "memory.stat").read_text().splitlines())
            used -= sum(int(counts.get(name, 0)) for name in kind.page_cache)
        for name in kind.limits:
            with suppress(OSError, ValueError):  # there is no limit ("max")
                yield int((folder / name).read_text()) - max(used, 0)
