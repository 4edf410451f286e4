"""A worker process from its first moment: what must be settled before anything large is imported.

It stands outside the room of its engine, because to import a module is to import the rooms around it.
"""

from __future__ import annotations

import os
import queue
import signal
import socket
import sys
import threading
from contextlib import suppress
from multiprocessing.connection import Connection


def main(connection: int, descriptors: int, arena: int, path: list[str], augments: bool) -> None:
    """Work until the other side is gone.

    Args:
        connection: descriptor of the socket to the other side.
        descriptors: descriptor of the socket by which descriptors come.
        arena: descriptor of the memory that batches lie in.
        path: where to look for modules, as the other side does.
        augments: whether the other side knows Albumentations, so that what it sends may need it.
    """
    # Ctrl-C reaches every process of a terminal; the other side ends this one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})  # held back until now
    # What this process starts must not hold them: the other side would not hear that this one has ended.
    for descriptor in (connection, descriptors, arena):
        os.set_inheritable(descriptor, False)
    channel: Connection[bytes, bytes] = Connection(connection)
    tasks: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    os.register_at_fork(after_in_child=channel.close)
    threading.Thread(target=_listen, args=(channel, tasks), daemon=True).start()
    _import_lightly(augments)
    from seqaug.engines.processes.worker_loop import serve

    sys.path[:] = path

    # The other side may go while an answer is on its way to it, which is no error.
    with suppress(BrokenPipeError, ConnectionResetError):
        serve(channel, tasks, socket.socket(fileno=descriptors), arena)


def _listen(channel: Connection[bytes, bytes], tasks: queue.SimpleQueue[bytes]) -> None:
    """Take in tasks; end the process, whatever it is doing, when the other side is gone."""
    try:
        while True:
            tasks.put(channel.recv_bytes())
    finally:
        os._exit(0)


def _import_lightly(augments: bool) -> None:
    from seqaug.core import worker_flag

    worker_flag.is_worker_process = True
    import cv2

    # Threads of OpenCV in each of several processes would fight over the cores.
    cv2.setNumThreads(0)
    if not augments:
        return
    with worker_flag.torch_hidden():
        from seqaug.augmentation.albumentations_patch import use_quick_identity
    use_quick_identity()
