"""Handle of a worker process, which inherits two sockets and the shared memory, and nothing else."""

from __future__ import annotations

import os
import pickle
import signal
import socket
import sys
import threading
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from multiprocessing.connection import Connection, wait

from seqaug.engines.processes.fork_server import EXIT_TIMEOUT, UNKNOWN_STATUS, open_fork_server
from seqaug.engines.processes.fork_server_main import PID
from seqaug.engines.processes.messages import Load, Start, Task
from seqaug.engines.processes.payload import Payload

# By default, glibc returns each image's memory to the system and gets it again, page by page, for the next image:
# measured, 300 page faults and 0.5 ms of a sample of 6 ms. In bytes; the first at its maximum.
_KEEP_MEMORY = {
    "MALLOC_MMAP_THRESHOLD_": str(32 * 2**20),
    "MALLOC_TRIM_THRESHOLD_": str(64 * 2**20),
    "MALLOC_TOP_PAD_": str(16 * 2**20),
}

_STATUS_SIZE = 256  # at most, of an exit status as text


class WorkerHandle:
    """A worker process and the channel to it.

    Args:
        slots: descriptor of the slot pool's memory.
        modules: names of modules that it will import.

    Attributes:
        channel: takes tasks, and gives their outcomes.
        loading: number of payloads sent and not yet reported as loaded.

    Raises:
        OSError: the system lacks processes or descriptors.
    """

    def __init__(self, slots: int, modules: Sequence[str]) -> None:
        start = Start(
            # Python ignores other entries, such as a pathlib.Path.
            [entry for entry in sys.path if isinstance(entry, str)],
            working_directory(),
            {**_KEEP_MEMORY, **os.environ},
            # No payload needs what this process has not imported; without it, a worker is ready half a second sooner.
            "albumentations" in sys.modules,
        )
        with ExitStack() as opened:
            ours, theirs = map(opened.enter_context, socket.socketpair())
            # Descriptors have their own socket: `Connection` does not receive any.
            descriptors, their_descriptors = map(opened.enter_context, socket.socketpair())
            self._server = open_fork_server(start, modules)
            self._server.request_worker([theirs.fileno(), their_descriptors.fileno(), slots])
            self._descriptors = socket.socket(fileno=descriptors.detach())
            self.channel: Connection[bytes, bytes] = Connection(ours.detach())
        self._pid = None if self._server.forks else self._server.pid
        self._pid_lock = threading.Lock()
        self._exit_status: str | None = None
        self.loading = 0
        self.send(start)

    def load(self, number: int, payload: Payload) -> None:
        """Send a payload, to which later tasks refer by its number."""
        self.loading += 1
        self.send(Load(number, payload.parts, len(payload.descriptors)))
        with suppress(OSError):  # it has died, which reading the channel will tell
            socket.send_fds(self._descriptors, [b"\0"], payload.descriptors)

    def send(self, task: Start | Task) -> None:
        """Send a task."""
        with suppress(OSError):  # as above
            self.channel.send_bytes(pickle.dumps(task, protocol=5))

    @property
    def is_ready(self) -> bool:
        """Whether it has loaded all payloads."""
        return not self.loading

    @property
    def pid(self) -> int | None:
        """The process id; None before the process exists."""
        return self._pid_within(0.0)

    def close(self) -> None:
        """Close this process's ends of the sockets; unless a fork holds them, the worker exits."""
        self.channel.close()
        self._descriptors.close()

    def kill(self) -> None:
        """Kill the process; one that has not started does not start."""
        self.channel.close()
        pid = self.pid
        if pid is None:
            self._exit_status = "not started"
        elif self._server.is_running():  # else its id may be another process's
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def reap(self) -> str:
        """Wait until a process that was killed or has closed its channel exits; return its exit status as text."""
        self.channel.close()
        if self._exit_status is None:
            self._exit_status = self._receive_exit_status()
        self._descriptors.close()
        del self._server  # it ends with its last worker
        return self._exit_status

    def _receive_exit_status(self) -> str:
        pid = self._pid_within(EXIT_TIMEOUT)
        report = self._receive(_STATUS_SIZE, EXIT_TIMEOUT)
        if report is None:  # the user's code has closed the channel
            self.kill()
            report = self._receive(_STATUS_SIZE, EXIT_TIMEOUT)
        if report:
            return report.decode()
        # The fork server has ended, before this process started, or because it was this process.
        return self._server.exit_status() if pid in (None, self._server.pid) else UNKNOWN_STATUS

    def _pid_within(self, timeout: float) -> int | None:
        with self._pid_lock:
            if self._pid is None and (report := self._receive(PID.size, timeout)):
                self._pid = PID.unpack(report)[0] or None
                self._server.note_fork()
            return self._pid

    def _receive(self, size: int, timeout: float) -> bytes | None:
        """Receive a report of the fork server; None if there is none in time, and b"" if there will be none."""
        try:
            wait([self._descriptors], timeout)
            return self._descriptors.recv(size, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return None
        except (OSError, ValueError):  # or it was closed
            return b""


def working_directory() -> str | None:
    """Return this process's working directory; None if it was deleted."""
    try:
        return os.getcwd()
    except OSError:
        return None
