"""Memory-mapped arrays sent to workers as a range of their file instead of a copy.

`np.load(mmap_mode="r")` returns arrays that may be larger than the memory.
"""

from __future__ import annotations

import mmap
import os
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

Array = np.ndarray[Any, Any]


class FileState(NamedTuple):
    """Identity and state of a file.

    Attributes:
        device, inode: the file's identity.
        size: in bytes.
        modified: time of the last modification, in nanoseconds; 0 if the file is mapped for writing.
    """

    device: int
    inode: int
    size: int
    modified: int


class FileRange(NamedTuple):
    """Where an array lies in its file.

    Attributes:
        filename: absolute path.
        state: the file's state when the array was sent.
        start: offset of the array's first element, in bytes.
        shape, dtype, strides: of the array.
    """

    filename: str
    state: FileState
    start: int
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    strides: tuple[int, ...]


class Memmaps:
    """Finds the file ranges of memory-mapped arrays, for one pickle."""

    def __init__(self) -> None:
        # By mapping: arrays are often slices of one.
        self._states: dict[int, FileState] = {}

    def reduce(self, array: Array) -> tuple[Callable[[FileRange], Array], tuple[FileRange]] | None:
        """Return what `__reduce__` would for a memory-mapped array, or None for any other array.

        Raises:
            OSError: the file is missing or was replaced.
        """
        root = _root(array)
        if root is None or array.size == 0:
            return None
        mapping = np.frombuffer(root._mmap, np.uint8)
        lowest = array.ctypes.data + sum(
            min((n - 1) * step, 0) for n, step in zip(array.shape, array.strides, strict=True)
        )
        if not 0 <= lowest - mapping.ctypes.data < mapping.nbytes:
            return None
        filename = os.fspath(root.filename)
        if id(root._mmap) not in self._states:
            self._states[id(root._mmap)] = _checked_state(filename, root)
        mapped_from = root.offset - root.offset % mmap.ALLOCATIONGRANULARITY  # as NumPy maps
        start = mapped_from + array.ctypes.data - mapping.ctypes.data
        return _map_range, (
            FileRange(filename, self._states[id(root._mmap)], start, array.shape, array.dtype, array.strides),
        )


def _root(array: Array) -> Any:
    """Return the mapping that an array is a view of, or None; a copy-on-write mapping may differ from its file."""
    base: Any = array
    while isinstance(base, np.ndarray):
        if isinstance(base, np.memmap) and getattr(base, "_mmap", None) is not None:
            return None if base.mode == "c" or base.filename is None else base
        base = base.base
    return None


def _checked_state(filename: str, root: Any) -> FileState:
    hint = "expected the file to stay unchanged while the sequence lives; np.array(...) makes a copy that needs no file"
    try:
        state = _state(filename, is_written=root.mode != "r")
    except OSError as error:
        raise type(error)(
            f"workers need the file of a memory-mapped array, {filename}: {error.strerror}; {hint}"
        ) from error
    if _is_replaced(np.frombuffer(root._mmap, np.uint8).ctypes.data):
        raise FileNotFoundError(
            f"workers need the file of a memory-mapped array, {filename}, which was replaced since it was mapped; "
            f"{hint}"
        )
    return state


def _state(filename: str, *, is_written: bool) -> FileState:
    found = os.stat(filename)
    return FileState(found.st_dev, found.st_ino, found.st_size, 0 if is_written else found.st_mtime_ns)


def _is_replaced(address: int) -> bool:
    """Return whether the file mapped at an address was deleted or replaced, if the system tells."""
    try:
        lines = Path("/proc/self/maps").read_text().splitlines()
    except OSError:
        return False
    for line in lines:
        start, end = (int(part, 16) for part in line.split(maxsplit=1)[0].split("-"))
        if start <= address < end:
            return line.endswith(" (deleted)")
    return False


_files: weakref.WeakValueDictionary[tuple[str, FileState], Array] = weakref.WeakValueDictionary()


def _map_range(file_range: FileRange) -> Array:
    """Map an array's file range, read-only, in a worker."""
    try:
        now = _state(file_range.filename, is_written=not file_range.state.modified)
    except OSError as error:
        raise type(error)(f"the file of a memory-mapped array is missing: {file_range.filename}") from error
    if now != file_range.state:
        raise ValueError(
            f"{file_range.filename} has changed since its memory-mapped array was sent to the workers; "
            "expected the file to stay unchanged while the sequence lives"
        )
    key = (file_range.filename, file_range.state)
    file = _files.get(key)
    if file is None:
        file = _files[key] = np.memmap(file_range.filename, np.uint8, "r")
    return np.ndarray(file_range.shape, file_range.dtype, file, file_range.start, file_range.strides)
