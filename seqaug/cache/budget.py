"""How much memory there is to spend."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

# Of the memory that is free when the sequence is made: the model, batches and page cache need some as well.
DEFAULT_SHARE = 0.5

_CONTROL_GROUPS = (
    ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current"),
    ("/sys/fs/cgroup/memory/memory.limit_in_bytes", "/sys/fs/cgroup/memory/memory.usage_in_bytes"),
)


def free_memory() -> int:
    """Give the bytes of memory that are free: of the machine, and of the container, whichever are fewer.

    Where the system does not say what is free, half of its memory counts as free.
    """
    free = [_machine()]
    for limit, used in _CONTROL_GROUPS:
        with suppress(OSError, ValueError):  # there is no such group, or it has no limit ("max")
            free.append(int(Path(limit).read_text()) - int(Path(used).read_text()))
    return max(min(free), 0)


def _machine() -> int:
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))
    except (OSError, StopIteration):
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
