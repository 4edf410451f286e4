"""The choice of kind and number of workers."""

from __future__ import annotations

from math import ceil
from typing import NamedTuple

from seqaug.engines.trial import Trial
from seqaug.utils.system import available_cores, free_memory

# More seldom gain, and each takes memory and time to start.
_MOST_WORKERS = 16
# Seconds that a row costs beside the sample: handing it to a thread, or to a process and back.
_THREAD_OVERHEAD, _PROCESS_OVERHEAD = 30e-6, 40e-6
# Simpler workers are chosen where they are that close to the fastest.
_AS_FAST = 1.2
# Bytes of a worker process that has imported what it needs, and samples in the making, in rows.
_PROCESS_BYTES, _ROWS_IN_MAKING = 150_000_000, 8


class Choice(NamedTuple):
    """Chosen workers.

    Attributes:
        workers: how many; 0: the thread that asks for a batch makes it.
        use_processes: whether they are processes.
        reason: in words.
    """

    workers: int
    use_processes: bool
    reason: str

    @property
    def label(self) -> str:
        """Number and kind: "2 threads"."""
        if not self.workers:
            return "none"
        kind = "process" if self.use_processes else "thread"
        return f"{self.workers} {kind}" + ("" if self.workers == 1 else "es" if self.use_processes else "s")


def most_workers() -> int:
    """Return the largest number of workers: the cores, within limits."""
    return min(available_cores(), _MOST_WORKERS)


def most_processes(row_bytes: int = 0) -> int:
    """Return the largest number of worker processes, which half of the free memory has room for.

    Args:
        row_bytes: bytes of a sample in a batch.
    """
    room = free_memory() // 2 // (_PROCESS_BYTES + _ROWS_IN_MAKING * row_bytes)
    return max(min(most_workers(), room), 1)


def choose(trial: Trial | None, *, cores: int, processes: int, why_no_processes: str = "") -> Choice:
    """Choose workers by the expected time of a sample: with none, with threads and with processes.

    With n threads of which each holds Python's lock for the share g of a sample, n / (1 + (n - 1) g) samples are made
    in the time of one (Amdahl 1967); g follows from the speedup of two threads.

    Args:
        trial: how samples are made; None where they cannot be.
        cores: number of cores.
        processes: the largest number of processes; 0: samples cannot be made in processes.
        why_no_processes: the reason, where it is 0.
    """
    if trial is None:
        return Choice(cores, use_processes=False, reason="the first samples cannot be made")
    if trial.waits:
        threads = min(ceil(cores / (1 - min(trial.waits, 0.99))), _MOST_WORKERS)
        return Choice(threads, use_processes=False, reason=f"samples wait {trial.waits:.0%} of their time for files")
    took = f"a sample takes {_duration(trial.seconds)}"
    if cores == 1:
        return Choice(1, use_processes=False, reason=f"{took}, on one core")
    expected = {"none": trial.seconds}
    if trial.thread_speedup is not None:
        held = min(max(2 / trial.thread_speedup - 1, 0.0), 1.0)
        expected["threads"] = trial.seconds * (1 + (cores - 1) * held) / cores + _THREAD_OVERHEAD
    elif processes < 2:
        expected["threads"] = trial.seconds / cores
    if processes > 1:
        expected["processes"] = trial.seconds / processes + _PROCESS_OVERHEAD
    fastest = min(expected.values())
    kind = next(kind for kind, seconds in expected.items() if seconds <= _AS_FAST * fastest)
    if trial.thread_speedup is not None:
        took += f", two threads make {trial.thread_speedup:.1f} times as many as one"
    took += f"; {why_no_processes}" if why_no_processes else ""
    number = {"none": 0, "threads": cores, "processes": processes}[kind]
    return Choice(number, use_processes=kind == "processes", reason=took)


def _duration(seconds: float) -> str:
    return f"{seconds * 1e6:.0f} us" if seconds < 1e-3 else f"{seconds * 1e3:.1f} ms"
