"""Memory-mapped arrays on their way to workers: as their file and the place in it, so that nobody copies them.

`np.load(mmap_mode="r")` gives arrays that may be larger than the memory there is.
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
    """Which file a path leads to.

    Attributes:
        device, inode: the file itself.
        size: its bytes.
        changed: when it was written last, in nanoseconds; 0 where it is mapped to be written.
    """

    device: int
    inode: int
    size: int
    changed: int


class Stretch(NamedTuple):
    """Where an array lies in its file.

    Attributes:
        filename: absolute.
        state: of the file when it was sent.
        first: the byte of its first element.
        shape, dtype, strides: of the array.
    """

    filename: str
    state: FileState
    first: int
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    strides: tuple[int, ...]


class Memmaps:
    """Finds where memory-mapped arrays lie in their files, for one pickle."""

    def __init__(self) -> None:
        # Arrays are often slices of one mapping.
        self._states: dict[int, FileState] = {}

    def reduced(self, array: Array) -> tuple[Callable[[Stretch], Array], tuple[Stretch]] | None:
        """Give what `__reduce__` does, or None for an array that cannot be had from a file.

        Raises:
            OSError: its file is not there any more, or another one is.
        """
        root = _root(array)
        if root is None or array.size == 0:
            return None
        mapping = np.frombuffer(root._mmap, np.uint8)
        low = array.ctypes.data + sum(
            min((n - 1) * step, 0) for n, step in zip(array.shape, array.strides, strict=True)
        )
        if not 0 <= low - mapping.ctypes.data < mapping.nbytes:
            return None
        filename = os.fspath(root.filename)
        if id(root._mmap) not in self._states:
            self._states[id(root._mmap)] = _checked_state(filename, root)
        start = root.offset - root.offset % mmap.ALLOCATIONGRANULARITY  # where NumPy begins the mapping
        first = start + array.ctypes.data - mapping.ctypes.data
        return _mapped, (
            Stretch(filename, self._states[id(root._mmap)], first, array.shape, array.dtype, array.strides),
        )


def _root(array: Array) -> Any:
    """Find the mapping that an array is a view of, and that shows its file: one that is copied on writing may not."""
    base: Any = array
    while isinstance(base, np.ndarray):
        if isinstance(base, np.memmap) and getattr(base, "_mmap", None) is not None:
            return None if base.mode == "c" or base.filename is None else base
        base = base.base
    return None


def _checked_state(filename: str, root: Any) -> FileState:
    cure = (
        "expected the file to stay as it is for as long as the sequence lives; np.array(...) makes a copy that needs "
        "no file"
    )
    try:
        state = _state(filename, is_written=root.mode != "r")
    except OSError as error:
        raise type(error)(
            f"workers need the file of a memory-mapped array, {filename}: {error.strerror}; {cure}"
        ) from error
    if _is_replaced(np.frombuffer(root._mmap, np.uint8).ctypes.data):
        raise FileNotFoundError(
            f"workers need the file of a memory-mapped array, {filename}, and another one has taken its place since it "
            f"was mapped; {cure}"
        )
    return state


def _state(filename: str, *, is_written: bool) -> FileState:
    found = os.stat(filename)
    return FileState(found.st_dev, found.st_ino, found.st_size, 0 if is_written else found.st_mtime_ns)


def _is_replaced(address: int) -> bool:
    """Tell whether the file that is mapped at an address has no name any more, where the system says so."""
    try:
        lines = Path("/proc/self/maps").read_text().splitlines()
    except OSError:
        return False
    for line in lines:
        first, last = (int(part, 16) for part in line.split(maxsplit=1)[0].split("-"))
        if first <= address < last:
            return line.endswith(" (deleted)")
    return False


_files: weakref.WeakValueDictionary[tuple[str, FileState], Array] = weakref.WeakValueDictionary()


def _mapped(stretch: Stretch) -> Array:
    """Map an array anew, read-only, in a worker."""
    try:
        now = _state(stretch.filename, is_written=not stretch.state.changed)
    except OSError as error:
        raise type(error)(f"the file of a memory-mapped array cannot be had any more: {stretch.filename}") from error
    if now != stretch.state:
        raise ValueError(
            f"{stretch.filename} has changed since the workers were first given the memory-mapped array in it; "
            "expected the file to stay as it is for as long as the sequence lives"
        )
    key = (stretch.filename, stretch.state)
    file = _files.get(key)
    if file is None:
        file = _files[key] = np.memmap(stretch.filename, np.uint8, "r")
    return np.ndarray(stretch.shape, stretch.dtype, file, stretch.first, stretch.strides)
