"""Starting a worker process, clean: nothing of this process but a socket and the shared memory."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from multiprocessing.connection import Connection

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
        payload: descriptor of the file with the pipeline.
        parts: where the pipeline's parts lie.
    """

    def __init__(self, arena: int, payload: int, parts: list[tuple[int, int]]) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            arguments = {
                "connection": theirs.fileno(),
                "arena": arena,
                "payload": payload,
                "parts": parts,
                "path": sys.path,
            }
            self._process = subprocess.Popen(
                [sys.executable, "-c", _COMMAND, json.dumps(arguments)],
                stdin=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(), arena, payload),
                env={**_KEEP_MEMORY, **os.environ},
            )
        self.channel: Connection[bytes, bytes] = Connection(ours.detach())
        self.is_ready = False

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    def end(self) -> str:
        """End the process if it has not ended, and say how it ended."""
        self.channel.close()
        try:
            # It ends itself when the channel closes; one that is stopped cannot.
            code = self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait()
        return f"signal {-code}" if code < 0 else f"exit status {code}"
