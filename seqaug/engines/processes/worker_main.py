"""What a worker imports, and its start."""

from __future__ import annotations

import os
import pickle
import queue
import socket
import sys
import threading
from contextlib import suppress
from multiprocessing.connection import Connection

import numpy as np

from seqaug.core import worker_flag
from seqaug.engines.processes.messages import Start
from seqaug.engines.processes.worker_loop import serve


def import_lightly(augments: bool) -> None:
    """Import what workers need, and neither Keras nor what else takes long.

    Args:
        augments: whether Albumentations is needed.
    """
    worker_flag.is_worker_process = True
    import cv2

    # OpenCV's threads in several processes would compete for the cores.
    cv2.setNumThreads(0)
    if not augments:
        return
    with worker_flag.heavy_packages_hidden():
        from seqaug.augmentation.albumentations_patch import patch_warps
    patch_warps()


def work(connection: int, descriptors: int, slots: int) -> None:
    """Work until the parent process closes the connection.

    Args:
        connection: descriptor of the socket for messages.
        descriptors: descriptor of the socket over which file descriptors are sent.
        slots: descriptor of the slot pool's memory.
    """
    channel: Connection[bytes, bytes] = Connection(connection)
    # Children of this process must not hold it: the parent would not notice that this one has ended.
    os.register_at_fork(after_in_child=channel.close)
    tasks: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_receive, args=(channel, tasks), daemon=True).start()
    start: Start = pickle.loads(tasks.get())
    os.environ.clear()
    os.environ.update(start.environment)
    import_lightly(start.augments)  # the fork server may have been started by a process that did not augment
    # A fork inherits NumPy's global generator: without this, users' code that draws from it would in each worker draw
    # the same. Python's own reseeds itself.
    np.random.seed()  # noqa: NPY002
    sys.path[:] = start.path
    if start.directory is not None:
        with suppress(OSError):  # it was deleted
            os.chdir(start.directory)
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
