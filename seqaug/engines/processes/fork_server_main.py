"""The fork server's process: what has to be set before anything large is imported, and the loop that forks workers."""

from __future__ import annotations

import gc
import os
import select
import signal
import socket
import struct
import warnings
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module

# Sent first over a worker's socket for descriptors: its process id, 0 if it could not be forked. Its exit status
# follows, as text, when it has ended.
PID = struct.Struct("q")


def main(requests: int, augments: bool, modules: list[str], forks: bool) -> None:
    """Fork workers until the parent process closes the socket.

    Args:
        requests: descriptor of the socket for requests: a byte each, with the three descriptors of a worker.
        augments: whether workers need Albumentations.
        modules: names of modules that workers will import.
        forks: whether to fork; else this process becomes its first worker.
    """
    # Ctrl-C reaches every process of a terminal; the parent stops these.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})  # blocked until now
    os.set_inheritable(requests, False)
    from seqaug.engines.processes import worker_main

    worker_main.import_lightly(augments)
    for module in modules:
        import_module(module)
    with socket.socket(fileno=requests) as source:
        descriptors = _ForkLoop(source).run() if forks else _receive(source)
    if descriptors is None:
        os._exit(0)
    worker_main.work(*descriptors)


@dataclass
class _Worker:
    pid: int
    has_ended: bool = False


class _ForkLoop:
    """Forks workers, and reports their ends.

    A worker stays a zombie until the parent closes its socket: its process id names no other process before.
    """

    def __init__(self, requests: socket.socket) -> None:
        self._requests = requests
        self._workers: dict[int, _Worker] = {}  # by the descriptor for reports
        self._unwatched: list[int] = []  # process ids, whose ends nobody asks for
        self._poll = select.poll()
        self._wake_reader, self._wake_writer = os.pipe()
        os.set_blocking(self._wake_writer, False)
        signal.set_wakeup_fd(self._wake_writer, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda number, frame: None)  # wakes up

    def run(self) -> list[int] | None:
        """Serve requests; return the descriptors in each worker, and None here, when the parent has gone."""
        self._poll.register(self._requests, select.POLLIN)
        self._poll.register(self._wake_reader, select.POLLIN)
        # What is never collected is never written to, and stays shared with the workers.
        gc.collect()
        gc.freeze()
        while True:
            for descriptor, _ in self._poll.poll():
                if descriptor == self._wake_reader:
                    os.read(self._wake_reader, 4096)
                elif descriptor in self._workers:
                    self._forget(descriptor)
                else:
                    received = _receive(self._requests)
                    if received is None:
                        self._reap([*self._unwatched, *(worker.pid for worker in self._workers.values())])
                        return None
                    if self._fork(*received):
                        return received
            self._report_ends()

    def _fork(self, channel: int, descriptors: int, slots: int) -> bool:
        """Fork a worker; return whether this is it."""
        try:
            with warnings.catch_warnings():
                # OpenBLAS' threads, which it stops around a fork; Python's are none.
                warnings.simplefilter("ignore", DeprecationWarning)
                pid = os.fork()
        except OSError as error:
            _send(descriptors, PID.pack(0) + str(error).encode())
            for descriptor in (channel, descriptors, slots):
                os.close(descriptor)
            return False
        if pid == 0:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            for descriptor in (self._wake_reader, self._wake_writer, *self._workers):
                os.close(descriptor)
            return True
        os.close(channel)
        os.close(slots)
        self._workers[descriptors] = _Worker(pid)
        self._poll.register(descriptors, 0)  # tells when the parent closes its end
        _send(descriptors, PID.pack(pid))
        return False

    def _forget(self, descriptor: int) -> None:
        self._poll.unregister(descriptor)
        os.close(descriptor)
        self._unwatched.append(self._workers.pop(descriptor).pid)

    def _report_ends(self) -> None:
        for descriptor, worker in self._workers.items():
            if worker.has_ended:
                continue
            end = os.waitid(os.P_PID, worker.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            if end is not None:
                worker.has_ended = True
                is_exit = end.si_code == os.CLD_EXITED
                _send(descriptor, f"{'exit status' if is_exit else 'signal'} {end.si_status}".encode())
        self._unwatched = self._reap(self._unwatched)

    @staticmethod
    def _reap(pids: list[int]) -> list[int]:
        """Reap those that have ended; return the others."""
        return [pid for pid in pids if os.waitpid(pid, os.WNOHANG)[0] == 0]


def _receive(requests: socket.socket) -> list[int] | None:
    """Receive the descriptors of a worker; None if the parent has gone."""
    request, descriptors, _, _ = socket.recv_fds(requests, 1, 3)
    for descriptor in descriptors:
        os.set_inheritable(descriptor, False)
    return descriptors if request else None


def _send(descriptor: int, report: bytes) -> None:
    with suppress(OSError):  # the parent has closed its end
        os.write(descriptor, report)
