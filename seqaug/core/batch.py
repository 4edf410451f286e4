"""A batch in the making, and the layout of its arrays in memory."""

from __future__ import annotations

import math
import threading
from collections.abc import Sequence
from typing import Any

import numpy as np

from seqaug.core.alignment import ALIGNMENT, aligned
from seqaug.core.layout import ArraySpec, Layout

Array = np.ndarray[Any, Any]


class Batch:
    """The arrays of one batch; rows are written from any thread, each once.

    The first row to arrive fixes the layout of all rows.

    Args:
        size: number of rows.

    Attributes:
        size: number of rows.
        arrays: the arrays by name, (size, ...); empty until they have memory.
        slot: where an engine keeps the batch in shared memory, or None.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self.arrays: dict[str, Array] = {}
        self.slot: Any = None
        self._lock = threading.Lock()
        self._layout: Layout | None = None
        self._first = ""

    def check_layout(self, layout: Layout, name: str) -> None:
        """Check that a row has the layout of the others; the first row fixes it.

        Args:
            layout: shape and dtype of each array of the row.
            name: the row's sample, for messages.

        Raises:
            ValueError: the layout differs from the other rows'; the message names two samples.
        """
        with self._lock:
            if self._layout is None:
                self._layout, self._first = layout, name
        if layout != self._layout:
            key = next(key for key in layout if layout[key] != self._layout[key])
            raise ValueError(
                f"samples of one batch differ in {key!r}: {_described(self._layout[key])} in {self._first}, "
                f"{_described(layout[key])} in {name}; set image_size=(height, width), or add a crop "
                "(A.RandomCrop, A.PadIfNeeded) to the transform, so that all end at one size"
            )

    @property
    def layout(self) -> Layout | None:
        """Shape and dtype of each array of a row; None before the first row."""
        return self._layout

    def row(self, number: int, layout: Layout, name: str) -> dict[str, Array]:
        """Return writable views of a row, in this process's own memory.

        Args:
            number: which row.
            layout: as for `check_layout`.
            name: as for `check_layout`.

        Raises:
            ValueError: as for `check_layout`.
        """
        self.check_layout(layout, name)
        with self._lock:
            if not self.arrays:
                self.arrays = arrays_over(_aligned_memory(bytes_needed(layout, self.size)), layout, self.size)
        return {key: array[number] for key, array in self.arrays.items()}

    def add_rows(self, rows: Sequence[int], arrays: dict[str, Array], name: str) -> None:
        """Add rows that another process has made; without a copy if they are the whole batch.

        Args:
            rows: row numbers, ascending.
            arrays: the stacked rows, (rows, ...) by name; possibly read-only.
            name: the first of their samples, for messages.

        Raises:
            ValueError: as for `check_layout`.
        """
        layout = {key: (array.shape[1:], array.dtype) for key, array in arrays.items()}
        self.check_layout(layout, name)
        with self._lock:
            # Arrays received over a network may be unaligned, which slows down every reader.
            is_usable = all(array.flags.c_contiguous and array.flags.aligned for array in arrays.values())
            if is_usable and len(rows) == self.size:
                self.arrays = dict(arrays)
                return
            before = self.arrays
            if not all(array.flags.writeable for array in before.values()) or not before:
                self.arrays = arrays_over(_aligned_memory(bytes_needed(layout, self.size)), layout, self.size)
                for key, array in before.items():
                    self.arrays[key][...] = array
            for key, array in arrays.items():
                self.arrays[key][rows] = array

    def adopt(self, memory: Array) -> None:
        """Use memory in which rows were written, laid out as by `arrays_over`.

        Args:
            memory: bytes, (n,), uint8.
        """
        self.arrays = arrays_over(memory, self._layout or {}, self.size)


def bytes_needed(layout: Layout, size: int) -> int:
    """Return the number of bytes that `arrays_over` needs for a batch."""
    return sum(aligned(size * math.prod(shape) * dtype.itemsize) for shape, dtype in layout.values())


def arrays_over(memory: Array, layout: Layout, size: int) -> dict[str, Array]:
    """Lay the arrays of a batch over memory, one after another, each aligned.

    Args:
        memory: bytes, (n,), uint8, n at least `bytes_needed`.
        layout: shape and dtype of each array of a row.
        size: number of rows.

    Returns:
        Views of the memory, (size, ...), by name.
    """
    arrays, start = {}, 0
    for key, (shape, dtype) in layout.items():
        length = size * math.prod(shape) * dtype.itemsize
        arrays[key] = memory[start : start + length].view(dtype).reshape(size, *shape)
        start += aligned(length)
    return arrays


def _aligned_memory(size: int) -> Array:
    memory = np.empty(size + ALIGNMENT, np.uint8)
    start = -memory.ctypes.data % ALIGNMENT
    return memory[start : start + size]


def _described(spec: ArraySpec) -> str:
    shape, dtype = spec
    return f"{'x'.join(map(str, shape))} of {dtype}"
