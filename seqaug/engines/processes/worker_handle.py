"""Handle of a worker process, which inherits two sockets and the shared memory, and nothing else."""

from __future__ import annotations

import os
import pickle
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from multiprocessing.connection import Connection

from seqaug.engines.processes.messages import Load, Task
from seqaug.engines.processes.payload import Payload

# The standard library comes first until the worker has imported what it needs: a `json.py` in the user's directory,
# harmless to a parent that has imported Python's json before, must be harmless here too.
_COMMAND = (
    "import os, sys; arguments = eval(sys.argv[1]); library = os.path.dirname(os.__file__); "
    "sys.path[:] = [library, os.path.join(library, 'lib-dynload'), *arguments['path']]; "
    "from seqaug.engines.processes.worker_main import main; main(**arguments)"
)

# By default, glibc returns each image's memory to the system and gets it again, page by page, for the next image:
# measured, 300 page faults and 0.5 ms of a sample of 6 ms. In bytes; the first at its maximum.
_KEEP_MEMORY = {
    "MALLOC_MMAP_THRESHOLD_": str(32 * 2**20),
    "MALLOC_TRIM_THRESHOLD_": str(64 * 2**20),
    "MALLOC_TOP_PAD_": str(16 * 2**20),
}

# Seconds that a process may take to exit.
_EXIT_TIMEOUT = 5.0


class WorkerHandle:
    """A worker process and the channel to it.

    The process runs a command of its own and not the user's main script, so a script needs no `__main__` guard; it is
    no fork, so it inherits no locks.

    Args:
        slots: descriptor of the slot pool's memory.

    Attributes:
        channel: takes tasks, and gives their outcomes.
        loading: number of payloads sent and not yet reported as loaded.
    """

    def __init__(self, slots: int) -> None:
        with ExitStack() as opened:
            ours, theirs = map(opened.enter_context, socket.socketpair())
            # Descriptors have their own socket: `Connection` does not receive any.
            descriptors, their_descriptors = map(opened.enter_context, socket.socketpair())
            arguments = {
                "connection": theirs.fileno(),
                "descriptors": their_descriptors.fileno(),
                "slots": slots,
                # Python ignores other entries, such as a pathlib.Path.
                "path": [entry for entry in sys.path if isinstance(entry, str)],
                # No payload needs what this process has not imported; without it, a worker is ready half a second
                # sooner.
                "augments": "albumentations" in sys.modules,
            }
            with _sigint_blocked():
                self._process = subprocess.Popen(
                    [sys.executable, "-c", _COMMAND, repr(arguments)],
                    stdin=subprocess.DEVNULL,
                    pass_fds=(theirs.fileno(), their_descriptors.fileno(), slots),
                    env={**_KEEP_MEMORY, **os.environ},
                )
            self._descriptors = socket.socket(fileno=descriptors.detach())
            self.channel: Connection[bytes, bytes] = Connection(ours.detach())
        self.loading = 0

    def load(self, number: int, payload: Payload) -> None:
        """Send a payload, to which later tasks refer by its number."""
        self.loading += 1
        self.send(Load(number, payload.parts, len(payload.descriptors)))
        with suppress(OSError):  # it has died, which reading the channel will tell
            socket.send_fds(self._descriptors, [b"\0"], payload.descriptors)

    def send(self, task: Task) -> None:
        """Send a task."""
        with suppress(OSError):  # as above
            self.channel.send_bytes(pickle.dumps(task, protocol=5))

    @property
    def is_ready(self) -> bool:
        """Whether it has loaded all payloads."""
        return not self.loading

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    def close(self) -> None:
        """Close this process's ends of the sockets; unless a fork holds them, the worker exits."""
        self.channel.close()
        self._descriptors.close()

    def kill(self) -> None:
        """Kill the process."""
        self.close()
        self._process.kill()

    def reap(self) -> str:
        """Wait until a process that was killed or has closed its channel exits; return its exit status as text."""
        self.close()
        try:
            code = self._process.wait(_EXIT_TIMEOUT)
        except subprocess.TimeoutExpired:  # the user's code has closed the channel
            self._process.kill()
            code = self._process.wait()
        return f"signal {-code}" if code < 0 else f"exit status {code}"


@contextmanager
def _sigint_blocked() -> Iterator[None]:
    """Block SIGINT in this thread, and in processes that it starts, until they unblock it."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
