"""Start of a worker process: what has to be set before anything large is imported."""

from __future__ import annotations

import os
import queue
import signal
import socket
import sys
import threading
from contextlib import suppress
from multiprocessing.connection import Connection


def main(connection: int, descriptors: int, slots: int, path: list[str], augments: bool) -> None:
    """Work until the parent process closes the connection.

    Args:
        connection: descriptor of the socket for messages.
        descriptors: descriptor of the socket over which file descriptors are sent.
        slots: descriptor of the slot pool's memory.
        path: the parent's `sys.path`.
        augments: whether the parent has imported Albumentations, so that payloads may need it.
    """
    # Ctrl-C reaches every process of a terminal; the parent stops this one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})  # blocked until now
    # Children of this process must not inherit them: the parent would not notice that this one has ended.
    for descriptor in (connection, descriptors, slots):
        os.set_inheritable(descriptor, False)
    channel: Connection[bytes, bytes] = Connection(connection)
    tasks: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    os.register_at_fork(after_in_child=channel.close)
    threading.Thread(target=_receive, args=(channel, tasks), daemon=True).start()
    _import_lightly(augments)
    from seqaug.engines.processes.worker_loop import serve

    sys.path[:] = path

    # The parent may end before it has read an answer, which is no error.
    with suppress(BrokenPipeError, ConnectionResetError):
        serve(channel, tasks, socket.socket(fileno=descriptors), slots)


def _receive(channel: Connection[bytes, bytes], tasks: queue.SimpleQueue[bytes]) -> None:
    """Queue tasks; end the process at once, whatever it is doing, when the parent closes the connection."""
    try:
        while True:
            tasks.put(channel.recv_bytes())
    finally:
        os._exit(0)


def _import_lightly(augments: bool) -> None:
    from seqaug.core import worker_flag

    worker_flag.is_worker_process = True
    import cv2

    # OpenCV's threads in several processes would compete for the cores.
    cv2.setNumThreads(0)
    if not augments:
        return
    with worker_flag.heavy_packages_hidden():
        from seqaug.augmentation.albumentations_patch import patch_warps
    patch_warps()
