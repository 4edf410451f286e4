"""CPU time and memory of this process and its workers; None without psutil."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

try:
    import psutil
except ImportError:
    psutil = None

_MAPS = Path("/proc/self/smaps")  # exists on Linux only
_ANONYMOUS_FILE = "/memfd:"
_BLOCK = 512  # bytes, the unit of `st_blocks`


def cpu_seconds() -> float | None:
    """CPU time of this process and its living children so far."""
    if psutil is None:
        return None
    own = psutil.Process()
    used = 0.0
    for process in (own, *own.children(recursive=True)):
        with suppress(psutil.Error):  # it has exited
            times = process.cpu_times()
            used += times.user + times.system
    return used


def worker_megabytes() -> float | None:
    """Largest private memory of a child process; None without children."""
    if psutil is None:
        return None
    sizes = []
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):
            sizes.append(process.memory_full_info().uss / 1e6)
    return max(sizes, default=None)


def private_megabytes() -> float | None:
    """Largest private memory of a child process, without memory files that others may map."""
    if psutil is None or not _MAPS.exists():
        return None
    sizes = []
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):
            maps = [part for part in process.memory_maps() if not part.path.startswith(_ANONYMOUS_FILE)]
            sizes.append(sum(part.private_clean + part.private_dirty for part in maps) / 1e6)
    return max(sizes, default=None)


def shared_megabytes() -> float | None:
    """Total size of the memory files that child processes map read-only, each counted once.

    Files for batches are left out: the number of prefetched batches varies from moment to moment.
    """
    if psutil is None or not _MAPS.exists():
        return None
    sizes = {}
    for process in psutil.Process().children(recursive=True):
        with suppress(OSError):  # it has exited
            lines = Path(f"/proc/{process.pid}/maps").read_text().splitlines()
            read = {fields[4] for line in lines if _ANONYMOUS_FILE in line and (fields := line.split())[1] == "r--s"}
            for descriptor in Path(f"/proc/{process.pid}/fd").iterdir():
                file = descriptor.stat()
                if str(file.st_ino) in read and os.readlink(descriptor).startswith(_ANONYMOUS_FILE):
                    sizes[file.st_ino] = file.st_blocks * _BLOCK / 1e6
    return sum(sizes.values())
