"""What this process and its workers take of the machine, as far as psutil is installed to say it."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

try:
    import psutil
except ImportError:
    psutil = None

_MAPS = Path("/proc/self/smaps")  # only Linux says what a process maps and holds
_ANONYMOUS_FILE = "/memfd:"
_BLOCK = 512  # bytes, what `st_blocks` counts in


def cpu_seconds() -> float | None:
    """Sum the processor time that this process and its living children have used so far."""
    if psutil is None:
        return None
    own = psutil.Process()
    used = 0.0
    for process in (own, *own.children(recursive=True)):
        with suppress(psutil.Error):  # it has ended meanwhile
            times = process.cpu_times()
            used += times.user + times.system
    return used


def worker_megabytes() -> float | None:
    """Find the most memory that a child process has to itself; None without children."""
    if psutil is None:
        return None
    sizes = []
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):
            sizes.append(process.memory_full_info().uss / 1e6)
    return max(sizes, default=None)


def private_megabytes() -> float | None:
    """Find the most memory that a child process has to itself, files in memory that others may map left out."""
    if psutil is None or not _MAPS.exists():
        return None
    sizes = []
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):
            maps = [part for part in process.memory_maps() if not part.path.startswith(_ANONYMOUS_FILE)]
            sizes.append(sum(part.private_clean + part.private_dirty for part in maps) / 1e6)
    return max(sizes, default=None)


def shared_megabytes() -> float | None:
    """Add up the files without a name, in memory, that child processes hold to read in, each of which counts once.

    Those that they write batches into are left out: how many batches are in hand differs from one moment to the next.
    """
    if psutil is None or not _MAPS.exists():
        return None
    sizes = {}
    for process in psutil.Process().children(recursive=True):
        with suppress(OSError):  # it has ended meanwhile
            lines = Path(f"/proc/{process.pid}/maps").read_text().splitlines()
            read = {fields[4] for line in lines if _ANONYMOUS_FILE in line and (fields := line.split())[1] == "r--s"}
            for descriptor in Path(f"/proc/{process.pid}/fd").iterdir():
                file = descriptor.stat()
                if str(file.st_ino) in read and os.readlink(descriptor).startswith(_ANONYMOUS_FILE):
                    sizes[file.st_ino] = file.st_blocks * _BLOCK / 1e6
    return sum(sizes.values())
