"""What this process and its workers take of the machine, as far as psutil is installed to say it."""

from __future__ import annotations

from contextlib import suppress

try:
    import psutil
except ImportError:
    psutil = None


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
