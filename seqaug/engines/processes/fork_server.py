"""The process that workers are forked from, as this process sees it."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import threading
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from seqaug.core.forks import register_after_fork
from seqaug.engines.processes.messages import Start

# Measured: 20 ms, and 14 MB that are its own, in place of 1.4 s and 60 MB. macOS' own libraries do not survive a fork.
FORKS = sys.platform.startswith("linux")

# Seconds that a process may take to exit.
EXIT_TIMEOUT = 5.0

UNKNOWN_STATUS = "exit status unknown"

# The standard library comes first until all that workers need is imported: a `json.py` in the user's directory,
# harmless to a parent that has imported Python's json before, must be harmless here too.
_COMMAND = (
    "import os, sys; arguments = eval(sys.argv[1]); library = os.path.dirname(os.__file__); "
    "sys.path[:] = [library, os.path.join(library, 'lib-dynload'), *arguments.pop('path')]; "
    "from seqaug.engines.processes.fork_server_main import main; main(**arguments)"
)


class ForkServer:
    """A process that imports what workers need, once, and forks a worker at each request.

    It runs a command of its own and not the user's main script, so a script needs no `__main__` guard; it is no fork
    itself, so workers inherit no locks. It ends when nothing refers to this object, and with this process. Where forks
    are not safe, it becomes its first worker, and there is no second one.

    Args:
        start: what its first worker is told.
        modules: names of modules that its workers will import.

    Attributes:
        forks: whether it forks workers, and does not become one.
    """

    def __init__(self, start: Start, modules: Sequence[str]) -> None:
        ours, theirs = socket.socketpair()
        with theirs, _sigint_blocked():
            arguments = {
                "requests": theirs.fileno(),
                "path": start.path,
                "augments": start.augments,
                "modules": list(modules),
                "forks": FORKS,
            }
            try:
                self._process = subprocess.Popen(
                    [sys.executable, "-c", _COMMAND, repr(arguments)],
                    stdin=subprocess.DEVNULL,
                    pass_fds=(theirs.fileno(),),
                    env=start.environment,
                )
            except OSError:
                ours.close()
                raise
        self.forks = FORKS
        self._requests = ours
        self._has_worker = False
        self._has_forked = threading.Event()
        self._end = weakref.finalize(self, _end, ours, self._process, self._has_forked)
        self._end.atexit = False  # whoever refers to it lets go of it at exit
        register_after_fork(self)

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    @property
    def is_open(self) -> bool:
        """Whether workers can be requested."""
        return self._end.alive and self.is_running() and (self.forks or not self._has_worker)

    def request_worker(self, descriptors: Sequence[int]) -> None:
        """Request a worker, which `fork_server_main.main` describes.

        Args:
            descriptors: of its channel, of its socket for descriptors, and of the slot pool's memory; they may be
                closed afterwards.

        Raises:
            OSError: the process has ended.
        """
        self._has_worker = True
        try:
            socket.send_fds(self._requests, [b"\0"], list(descriptors))
        except BrokenPipeError:
            raise OSError(self.exit_status()) from None

    def note_fork(self) -> None:
        """Note that it has forked a worker, so that it has imported what it needs."""
        self._has_forked.set()

    def is_running(self) -> bool:
        """Whether the process has not ended."""
        return self._process.poll() is None

    def exit_status(self) -> str:
        """Wait until the process, which is ending, has ended; return its exit status as text."""
        try:
            code = self._process.wait(EXIT_TIMEOUT)
        except subprocess.TimeoutExpired:
            return UNKNOWN_STATUS
        return f"signal {-code}" if code < 0 else f"exit status {code}"

    def after_fork(self) -> None:
        """Leave the process to the process that started it."""
        if self._end.detach() is not None:
            self._requests.close()


_newest: weakref.ref[ForkServer] | None = None


def open_fork_server(start: Start, modules: Sequence[str]) -> ForkServer:
    """Return this process's fork server; start one, with these arguments, if none is open.

    Two threads at once may start one each. That is no harm, and a lock would be: finalizers of sequences, which run at
    any point, wait for threads that let go of a fork server.
    """
    global _newest
    server = None if _newest is None else _newest()
    if server is None or not server.is_open:
        server = ForkServer(start, modules)
        _newest = weakref.ref(server)
    return server


def _end(requests: socket.socket, process: subprocess.Popen[bytes], has_forked: threading.Event) -> None:
    """End a fork server, all of whose workers have ended."""
    requests.close()
    if has_forked.is_set():
        # It reaps its workers, else zombies, which in a container may become this process's for good.
        with suppress(subprocess.TimeoutExpired):
            process.wait(EXIT_TIMEOUT)
    process.kill()
    process.wait()


@contextmanager
def _sigint_blocked() -> Iterator[None]:
    """Block SIGINT in this thread, and in processes that it starts, until they unblock it."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
