"""Starting a worker process, clean: nothing of this process but two sockets and the shared memory."""

from __future__ import annotations

import json
import os
import pickle
import socket
import subprocess
import sys
from contextlib import suppress
from multiprocessing.connection import Connection

from seqaug.engines.processes.messages import Load, Task
from seqaug.engines.processes.payload import Payload

_COMMAND = (
    "import json, sys; arguments = json.loads(sys.argv[1]); sys.path[:] = arguments['path']; "
    "from seqaug.worker import main; main(**arguments)"
)

# glibc gives the memory of every image back to the system, and takes it anew, page by page, for the next one, unless
# it is told to keep it: measured, 300 page faults and 0.5 ms of a sample of 6 ms. In bytes; the first at its maximum.
_KEEP_MEMORY = {
    "MALLOC_MMAP_THRESHOLD_": str(32 * 2**20),
    "MALLOC_TRIM_THRESHOLD_": str(64 * 2**20),
    "MALLOC_TOP_PAD_": str(16 * 2**20),
}


class Worker:
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
        ours, theirs = socket.socketpair()
        # Descriptors go by a socket of their own, for what reads the channel does not take them.
        self._descriptors, their_descriptors = socket.socketpair()
        with theirs, their_descriptors:
            arguments = {
                "connection": theirs.fileno(),
                "descriptors": their_descriptors.fileno(),
                "arena": arena,
                "path": sys.path,
                # What this process has not imported, nothing that it sends can need; without, a worker is ready half a
                # second sooner.
                "augments": "albumentations" in sys.modules,
            }
            self._process = subprocess.Popen(
                [sys.executable, "-c", _COMMAND, json.dumps(arguments)],
                stdin=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(), their_descriptors.fileno(), arena),
                env={**_KEEP_MEMORY, **os.environ},
            )
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

    def end(self) -> str:
        """End the process if it has not ended, and say how it ended."""
        self.channel.close()
        self._descriptors.close()
        try:
            # It ends itself when the channel closes; one that is stopped cannot.
            code = self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait()
        return f"signal {-code}" if code < 0 else f"exit status {code}"
