"""Memory shared by this process and its workers: anonymous files, which both map.

The memory is freed when the last process that holds the file ends, whatever ends it.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache

from seqaug.core.user_warnings import warn_user

# File descriptors sent alongside a pickle, while one is written or read.
_attached_fds: ContextVar[list[int]] = ContextVar("attached_fds")


class SharedFile:
    """An anonymous file that can be part of what is sent to worker processes.

    It can only be pickled inside `attached_fds`: the pickle holds the position of its descriptor among those attached,
    and the sender sends the descriptors alongside the pickle.

    Args:
        size: size of the file in bytes; only written pages take memory.
        descriptor: the file's descriptor, which this object closes; None: open a new file.

    Attributes:
        size, descriptor: as the arguments.
    """

    def __init__(self, size: int, descriptor: int | None = None) -> None:
        if descriptor is None:
            descriptor = anonymous_file()
            os.ftruncate(descriptor, size)
        self.size = size
        self.descriptor = descriptor

    def __reduce__(self) -> tuple[object, tuple[int, int]]:
        try:
            attached = _attached_fds.get()
        except LookupError:
            raise TypeError("shared memory can only be sent to this sequence's own workers") from None
        attached.append(self.descriptor)
        return _received, (self.size, len(attached) - 1)

    def __del__(self) -> None:
        os.close(self.descriptor)


def _received(size: int, number: int) -> SharedFile:
    return SharedFile(size, _attached_fds.get()[number])


@contextmanager
def attached_fds(descriptors: list[int]) -> Iterator[None]:
    """Append the descriptors of shared files pickled in this context, or provide those of files unpickled in it."""
    token = _attached_fds.set(descriptors)
    try:
        yield
    finally:
        _attached_fds.reset(token)


def can_attach() -> bool:
    """Return whether a shared file can be pickled now: on its way to this sequence's own workers, and nowhere else."""
    return _attached_fds.get(None) is not None


def anonymous_file() -> int:
    """Open an anonymous file, in memory if the system can, and return its descriptor."""
    try:
        return os.memfd_create("seqaug")
    except (AttributeError, OSError) as error:
        warn_of_files(str(error))
    with tempfile.TemporaryFile(prefix="seqaug") as file:
        return os.dup(file.fileno())


@cache
def warn_of_files(reason: str) -> None:
    """Warn, once per reason, that shared memory lies in files on disk."""
    warn_user(
        f"no anonymous shared memory here ({reason}); batches go through memory-mapped files in "
        f"{tempfile.gettempdir()}, which may be slower"
    )
