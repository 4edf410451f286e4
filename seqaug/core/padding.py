"""Batches of samples of unequal sizes: rows are padded to the largest of them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from seqaug.core.alignment import aligned_memory
from seqaug.core.layout import Layout

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Padding:
    """Pads rows at the bottom and on the right.

    Attributes:
        multiple: to which the largest height and the largest width of a batch are rounded up.
        fills: the value of added pixels, by the names of the arrays that have a height and a width.
        channels_first: whether arrays of three axes are (C, H, W), not (H, W, C).
    """

    multiple: int
    fills: Mapping[str, float]
    channels_first: bool = False

    def comparable(self, layout: Layout) -> Layout:
        """Return a layout with -1 in place of heights and widths, in which the rows of a batch agree."""
        sizeless = dict(layout)
        for name in self.fills:
            shape, dtype = layout[name]
            before, after = self._around(shape)
            sizeless[name] = (*before, -1, -1, *after), dtype
        return sizeless

    def stacked(self, rows: Sequence[Mapping[str, Array]]) -> dict[str, Array]:
        """Return the arrays of rows, (rows, ...) by name, padded to one size; in memory of their own.

        Raises:
            ValueError: an array cannot hold the value of added pixels.
        """
        return {name: self._stacked(name, [row[name] for row in rows]) for name in rows[0]}

    def _stacked(self, name: str, arrays: list[Array]) -> Array:
        if name not in self.fills:
            return np.stack(arrays)
        shape, dtype = arrays[0].shape, arrays[0].dtype
        before, after = self._around(shape)
        axis = len(before)
        height, width = (self._rounded(max(array.shape[axis + k] for array in arrays)) for k in (0, 1))
        shape = (len(arrays), *before, height, width, *after)
        stacked = aligned_memory(math.prod(shape) * dtype.itemsize).view(dtype).reshape(shape)
        value, leading = checked_fill(name, self.fills[name], dtype, "pad_batches="), (slice(None),) * axis
        for target, array in zip(stacked, arrays, strict=True):
            rows, columns = array.shape[axis : axis + 2]
            target[(*leading, slice(rows), slice(columns))] = array
            target[(*leading, slice(rows), slice(columns, None))] = value
            target[(*leading, slice(rows, None))] = value
        return stacked

    def _around(self, shape: tuple[int, ...]) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Return the lengths of the axes before and after height and width."""
        axis = int(self.channels_first and len(shape) == 3)
        return shape[:axis], shape[axis + 2 :]

    def _rounded(self, size: int) -> int:
        return -(-size // self.multiple) * self.multiple


def checked_fill(name: str, value: float, dtype: np.dtype[Any], argument: str) -> float:
    """Return the value of added pixels of an array, named by the argument that adds them.

    Raises:
        ValueError: its dtype cannot hold the value.
    """
    if dtype.kind in "iu" and not np.iinfo(dtype).min <= value <= np.iinfo(dtype).max:
        raise ValueError(
            f"{argument} fills {name!r} with {value!r}, which {dtype} cannot hold; expected a wider dtype of the "
            "array, or another ignore_index"
        )
    return value
