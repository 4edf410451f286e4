"""Memory that this process and its workers map together: files without a name.

When the last process that holds one is gone, however it went, so is the memory.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache

from seqaug.core.user_warnings import warn_user

# The descriptors that travel beside a pickle, while one is made or read.
_attached_fds: ContextVar[list[int]] = ContextVar("passengers")


class SharedFile:
    """An anonymous file that goes along inside what worker processes are given.

    It can be pickled inside `attached_fds` alone: the pickle says which of the passengers it is, and whoever sends the
    pickle sends their descriptors with it.

    Args:
        size: of the file, in bytes; it takes memory only where it is written.
        descriptor: of the file, which this object closes at its end.

    Attributes:
        size, descriptor: the same.
    """

    def __init__(self, size: int, descriptor: int | None = None) -> None:
        if descriptor is None:
            descriptor = anonymous_file()
            os.ftruncate(descriptor, size)
        self.size = size
        self.descriptor = descriptor

    def __reduce__(self) -> tuple[object, tuple[int, int]]:
        try:
            travelling = _attached_fds.get()
        except LookupError:
            raise TypeError("memory that processes share can only be sent to this sequence's own workers") from None
        travelling.append(self.descriptor)
        return _arrived, (self.size, len(travelling) - 1)

    def __del__(self) -> None:
        os.close(self.descriptor)


def _arrived(size: int, number: int) -> SharedFile:
    return SharedFile(size, _attached_fds.get()[number])


@contextmanager
def attached_fds(descriptors: list[int]) -> Iterator[None]:
    """Collect the descriptors of the shared files that are pickled inside, or have those ready that are unpickled."""
    token = _attached_fds.set(descriptors)
    try:
        yield
    finally:
        _attached_fds.reset(token)


def can_travel() -> bool:
    """Tell whether a shared file that is pickled now goes along: to this sequence's own workers, and nobody else."""
    return _attached_fds.get(None) is not None


def anonymous_file() -> int:
    """Open a file without a name, in memory where the system can, and give its descriptor."""
    try:
        return os.memfd_create("seqaug")
    except (AttributeError, OSError) as error:
        warn_of_files(str(error))
    with tempfile.TemporaryFile(prefix="seqaug") as file:
        return os.dup(file.fileno())


@cache
def warn_of_files(why: str) -> None:
    """Say, once, that shared memory lies in files."""
    warn_user(
        f"no anonymous shared memory here ({why}); batches go through memory-mapped files in "
        f"{tempfile.gettempdir()}, which may be slower"
    )
