"""A batch in the making, and the layout of its arrays in memory."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from seqaug.core.alignment import ALIGNMENT, aligned, aligned_memory
from seqaug.core.layout import ArraySpec, Layout
from seqaug.core.padding import Padding

Array = np.ndarray[Any, Any]

_ONE_SIZE = (
    "set image_size=(height, width), or add a crop (A.RandomCrop, A.PadIfNeeded) to the transform, so that all end at "
    "one size; or set pad_batches=True, which pads them to the largest of each batch"
)
_ONE_KIND = "pad_batches= makes heights and widths equal, and nothing else; expected the same channels and dtype in all"


class Batch:
    """The arrays of one batch; rows are written from any thread, each once.

    The first row to arrive fixes the layout of all rows; with `padding`, up to their heights and widths: rows then have
    memory of their own until `finished` pads them.

    Args:
        size: number of rows.
        padding: how rows of unequal sizes are padded; None: all rows have one size.

    Attributes:
        size: number of rows.
        padding: as the argument.
        arrays: the arrays by name, (size, ...); empty until they have memory.
        slot: where an engine keeps the batch in shared memory, or None.
    """

    def __init__(self, size: int, padding: Padding | None = None) -> None:
        self.size = size
        self.padding = padding
        self.arrays: dict[str, Array] = {}
        self._rows: dict[int, dict[str, Array]] = {}
        self.slot: Any = None
        self._lock = threading.Lock()
        self._layout: Layout | None = None
        self._first: Callable[[], str] = str

    def check_layout(self, layout: Layout, name: Callable[[], str]) -> None:
        """Check that a row has the layout of the others; the first row fixes it.

        Args:
            layout: shape and dtype of each array of the row.
            name: names the row's sample in messages.

        Raises:
            ValueError: the layout differs from the other rows'; the message names two samples.
        """
        if self.padding is not None:
            layout = self.padding.comparable(layout)
        with self._lock:
            if self._layout is None:
                self._layout, self._first = layout, name
        if layout != self._layout:
            key = next(key for key in layout if layout[key] != self._layout[key])
            raise ValueError(
                f"samples of one batch differ in {key!r}: {_described(self._layout[key])} in {self._first()}, "
                f"{_described(layout[key])} in {name()}; " + (_ONE_SIZE if self.padding is None else _ONE_KIND)
            )

    @property
    def layout(self) -> Layout | None:
        """Shape and dtype of each array of a row; None before the first row."""
        return self._layout

    def row(self, number: int, layout: Layout, name: Callable[[], str]) -> dict[str, Array]:
        """Return writable views of a row, in this process's own memory.

        Args:
            number: which row.
            layout: as for `check_layout`.
            name: as for `check_layout`.

        Raises:
            ValueError: as for `check_layout`.
        """
        self.check_layout(layout, name)
        if self.padding is not None:
            return self.add_row(number, row_over(np.empty(row_bytes(layout), np.uint8), layout))
        with self._lock:
            if not self.arrays:
                self.arrays = arrays_over(aligned_memory(bytes_needed(layout, self.size)), layout, self.size)
        return {key: array[number] for key, array in self.arrays.items()}

    def add_row(self, number: int, row: dict[str, Array]) -> dict[str, Array]:
        """Add a row that has memory of its own, and return it."""
        with self._lock:
            self._rows[number] = row
        return row

    def add_rows(self, rows: Sequence[int], arrays: dict[str, Array], name: Callable[[], str]) -> None:
        """Add rows that another process has made; without a copy if they are the whole batch.

        Args:
            rows: row numbers, ascending.
            arrays: the stacked rows, (rows, ...) by name; possibly read-only.
            name: names the first of their samples in messages.

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
            if self.padding is not None:
                for place, row in enumerate(rows):
                    self._rows[row] = {key: array[place] for key, array in arrays.items()}
                return
            before = self.arrays
            if not all(array.flags.writeable for array in before.values()) or not before:
                self.arrays = arrays_over(aligned_memory(bytes_needed(layout, self.size)), layout, self.size)
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

    def finished(self, rows: Sequence[int] | None = None) -> dict[str, Array]:
        """Return the arrays of these rows, (rows, ...) by name, all of which are written; None: of all.

        With `padding` this pads them.
        """
        if self.padding is not None and self._rows:
            chosen = range(self.size) if rows is None else rows
            return self.padding.stacked([self._rows[row] for row in chosen]) if chosen else {}
        if rows is None or len(rows) == self.size:
            return self.arrays
        return {name: array[rows] for name, array in self.arrays.items()}


def bytes_needed(layout: Layout, size: int) -> int:
    """Return the number of bytes that `arrays_over` needs for a batch."""
    return sum(aligned(size * math.prod(shape) * dtype.itemsize) for shape, dtype in layout.values())


def row_bytes(layout: Layout) -> int:
    """Return the number of bytes that `row_over` needs."""
    return bytes_needed(layout, 1)


def row_over(memory: Array, layout: Layout) -> dict[str, Array]:
    """Lay the arrays of one row over memory, as `arrays_over` does."""
    return {name: array[0] for name, array in arrays_over(memory, layout, 1).items()}


def part_of_row(memory: Array, row: int, size: int) -> Array:
    """Return the part of a batch's memory that belongs to a row alone, where rows have different sizes."""
    length = len(memory) // size // ALIGNMENT * ALIGNMENT
    return memory[row * length : (row + 1) * length]


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


def _described(spec: ArraySpec) -> str:
    shape, dtype = spec
    return f"{'x'.join(map(str, shape))} of {dtype}"
