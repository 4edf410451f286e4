"""Starting a worker process, clean: nothing of this process but two sockets and the shared memory."""

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

# Until the worker has imported what it needs, Python's own modules come first: a `json.py` where the user works, which
# is no trouble to the process that has imported Python's before, must be none here.
_COMMAND = (
    "import os, sys; arguments = eval(sys.argv[1]); library = os.path.dirname(os.__file__); "
    "sys.path[:] = [library, os.path.join(library, 'lib-dynload'), *arguments['path']]; "
    "from seqaug.engines.processes.worker_main import main; main(**arguments)"
)

# glibc gives the memory of every image back to the system, and takes it anew, page by page, for the next one, unless
# it is told to keep it: measured, 300 page faults and 0.5 ms of a sample of 6 ms. In bytes; the first at its maximum.
_KEEP_MEMORY = {
    "MALLOC_MMAP_THRESHOLD_": str(32 * 2**20),
    "MALLOC_TRIM_THRESHOLD_": str(64 * 2**20),
    "MALLOC_TOP_PAD_": str(16 * 2**20),
}

# Seconds for which a process may be about to end.
_DYING = 5.0


class WorkerHandle:
    """A worker process and the channel to it.

    It runs a command of its own and not the user's main script, so a script needs no guard, and it is no fork, so no
    thread of this process is left hanging in it.

    Args:
        arena: descriptor of the memory that batches lie in.

    Attributes:
        channel: tasks go there, and what became of them comes from there.
        loading: payloads that it was given and has not reported as loaded.
    """

    def __init__(self, arena: int) -> None:
        with ExitStack() as opened:
            ours, theirs = map(opened.enter_context, socket.socketpair())
            # Descriptors go by a socket of their own, for what reads the channel does not take them.
            descriptors, their_descriptors = map(opened.enter_context, socket.socketpair())
            arguments = {
                "connection": theirs.fileno(),
                "descriptors": their_descriptors.fileno(),
                "arena": arena,
                # Python passes over others, such as a pathlib.Path.
                "path": [entry for entry in sys.path if isinstance(entry, str)],
                # What this process has not imported, nothing that it sends can need; without, a worker is ready half a
                # second sooner.
                "augments": "albumentations" in sys.modules,
            }
            with _interrupts_held_back():
                self._process = subprocess.Popen(
                    [sys.executable, "-c", _COMMAND, repr(arguments)],
                    stdin=subprocess.DEVNULL,
                    pass_fds=(theirs.fileno(), their_descriptors.fileno(), arena),
                    env={**_KEEP_MEMORY, **os.environ},
                )
            self._descriptors = socket.socket(fileno=descriptors.detach())
            self.channel: Connection[bytes, bytes] = Connection(ours.detach())
        self.loading = 0

    def load(self, number: int, payload: Payload) -> None:
        """Give it a payload, which later tasks name by its number."""
        self.loading += 1
        self.send(Load(number, payload.parts, len(payload.descriptors)))
        with suppress(OSError):  # it has died, which its channel is about to say
            socket.send_fds(self._descriptors, [b"\0"], payload.descriptors)

    def send(self, task: Task) -> None:
        """Give it a task."""
        with suppress(OSError):  # as above
            self.channel.send_bytes(pickle.dumps(task, protocol=5))

    @property
    def is_ready(self) -> bool:
        """Whether it has loaded all that it was given."""
        return not self.loading

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    def close(self) -> None:
        """Close this process's ends of what leads to it; without others that hold them, it ends."""
        self.channel.close()
        self._descriptors.close()

    def kill(self) -> None:
        """End the process at once, whatever it is doing."""
        self.close()
        self._process.kill()

    def end(self) -> str:
        """Wait for the end of a process that was ended or has closed its channel, and say how it ended."""
        self.close()
        try:
            code = self._process.wait(_DYING)
        except subprocess.TimeoutExpired:  # what ran in it has closed its channel
            self._process.kill()
            code = self._process.wait()
        return f"signal {-code}" if code < 0 else f"exit status {code}"


@contextmanager
def _interrupts_held_back() -> Iterator[None]:
    """Hold back Ctrl-C for this thread, and for processes that it starts, until they say what they do about it."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
