"""Memory mappings that keep no file descriptor.

Python's `mmap` keeps one per mapping (from 3.13 on this can be turned off), and a process may have few: mostly 1,024 on
Linux, 256 on macOS.
"""

from __future__ import annotations

import ctypes
import mmap
import os
import weakref
from functools import cache
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[np.uint8]]

_FAILED = ctypes.c_void_p(-1).value


def map_shared(descriptor: int, size: int, offset: int) -> Array:
    """Map a range of a file for reading and writing, while the array or a view of it lives.

    Args:
        descriptor: of the file, which may be closed afterwards.
        size: of the range, in bytes.
        offset: start of the range, a multiple of `mmap.ALLOCATIONGRANULARITY`.

    Returns:
        The bytes, (size,), uint8.

    Raises:
        OSError: the system refuses.
    """
    libc = _libc()
    address = libc.mmap(None, size, mmap.PROT_READ | mmap.PROT_WRITE, mmap.MAP_SHARED, descriptor, offset)
    if address == _FAILED:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    memory = (ctypes.c_uint8 * size).from_address(address)
    # All arrays refer to this object, so it is finalized last.
    weakref.finalize(memory, libc.munmap, address, size).atexit = False
    return np.frombuffer(memoryview(memory), np.uint8)


def can_free_pages() -> bool:
    """Return whether the system can remove pages from a file."""
    return hasattr(mmap, "MADV_REMOVE")


def free_pages(memory: Array) -> None:
    """Remove the pages of a mapping from its file; every process that maps them then reads zeros."""
    _libc().madvise(memory.ctypes.data, memory.nbytes, mmap.MADV_REMOVE)


@cache
def _libc() -> Any:
    libc = ctypes.CDLL(None, use_errno=True)
    # The last one is an off_t, which is a long wherever Python is built for large files.
    libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long]
    libc.mmap.restype = ctypes.c_void_p
    libc.munmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t]
    libc.madvise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
    return libc
