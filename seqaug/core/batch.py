"""A batch while it is being made, and how its arrays lie in memory."""

from __future__ import annotations

import math
import threading
from collections.abc import Sequence
from typing import Any

import numpy as np

from seqaug.core.layout import Layout

Array = np.ndarray[Any, Any]

# A cache line, and what vector instructions like best: TensorFlow and JAX copy what is not aligned so.
_ALIGNMENT = 64


class Batch:
    """The arrays of one batch, which rows are written into from any thread, each once.

    The first row that arrives settles what all rows look like.

    Args:
        size: the number of rows.

    Attributes:
        size: the number of rows.
        arrays: the arrays by name, (size, ...), once they have memory.
        slot: where an engine keeps the batch, if it does not lie in memory of this process.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self.arrays: dict[str, Array] = {}
        self.slot: Any = None
        self._lock = threading.Lock()
        self._layout: Layout | None = None
        self._first = ""

    def settle(self, layout: Layout, name: str) -> None:
        """Settle what rows look like, or check that a row looks like those before.

        Args:
            layout: the shape and dtype of each array of the row.
            name: the sample that goes there, for messages.

        Raises:
            ValueError: the layout is not that of the other rows; the message names two samples.
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
        """The shape and dtype of each array of a row; None as long as no row has come."""
        return self._layout

    def row(self, number: int, layout: Layout, name: str) -> dict[str, Array]:
        """Give the views of a row, in memory of this process, for one that is to be written.

        Args:
            number: which row.
            layout: as for `settle`.
            name: as for `settle`.

        Raises:
            ValueError: as for `settle`.
        """
        self.settle(layout, name)
        with self._lock:
            if not self.arrays:
                self.arrays = arrays_over(_aligned_memory(bytes_needed(layout, self.size)), layout, self.size)
        return {key: array[number] for key, array in self.arrays.items()}

    def take(self, rows: Sequence[int], arrays: dict[str, Array], name: str) -> None:
        """Take rows that were written elsewhere: as they are, without a copy, where they are all rows of the batch.

        Args:
            rows: which rows, ascending.
            arrays: they, stacked, (rows, ...) by name; possibly read-only.
            name: the first of the samples, for messages.

        Raises:
            ValueError: as for `settle`.
        """
        layout = {key: (array.shape[1:], array.dtype) for key, array in arrays.items()}
        self.settle(layout, name)
        with self._lock:
            # What came over a network may lie at any address, which slows down all who read it.
            as_they_are = all(array.flags.c_contiguous and array.flags.aligned for array in arrays.values())
            if as_they_are and len(rows) == self.size:
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
        """Take memory in which rows were written, as `arrays_over` lays them out.

        Args:
            memory: bytes, (n,), uint8.
        """
        self.arrays = arrays_over(memory, self._layout or {}, self.size)


def bytes_needed(layout: Layout, size: int) -> int:
    """Count the bytes that `arrays_over` needs for a batch."""
    return sum(_aligned(size * math.prod(shape) * dtype.itemsize) for shape, dtype in layout.values())


def arrays_over(memory: Array, layout: Layout, size: int) -> dict[str, Array]:
    """Lay the arrays of a batch over memory, one behind the other.

    Args:
        memory: bytes, (n,), uint8, n at least `bytes_needed`.
        layout: the shape and dtype of each array of a row.
        size: the number of rows.

    Returns:
        Views of the memory, (size, ...), by name.
    """
    arrays, start = {}, 0
    for key, (shape, dtype) in layout.items():
        length = size * math.prod(shape) * dtype.itemsize
        arrays[key] = memory[start : start + length].view(dtype).reshape(size, *shape)
        start += _aligned(length)
    return arrays


def _aligned_memory(size: int) -> Array:
    memory = np.empty(size + _ALIGNMENT, np.uint8)
    start = -memory.ctypes.data % _ALIGNMENT
    return memory[start : start + size]


def _aligned(length: int) -> int:
    return -(-length // _ALIGNMENT) * _ALIGNMENT


def _described(place: tuple[tuple[int, ...], np.dtype[Any]]) -> str:
    shape, dtype = place
    return f"{'x'.join(map(str, shape))} of {dtype}"
