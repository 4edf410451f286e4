"""A batch while it is being made."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np

from seqaug.encoding import Layout

Array = np.ndarray[Any, Any]


class Batch:
    """The memory of one batch, which rows are written into from any thread, each once.

    The first row that arrives settles what all rows look like.

    Args:
        size: the number of rows.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._lock = threading.Lock()
        self._layout: Layout | None = None
        self._first = ""
        self.arrays: dict[str, Array] = {}

    def row(self, number: int, layout: Layout, name: str) -> dict[str, Array]:
        """Give the views of a row.

        Args:
            number: which row.
            layout: the shape and dtype of each of its arrays.
            name: the sample that goes there, for messages.

        Raises:
            ValueError: the layout is not that of the other rows; the message names two samples.
        """
        with self._lock:
            if self._layout is None:
                self._layout, self._first = layout, name
                self.arrays = {key: np.empty((self._size, *shape), dtype) for key, (shape, dtype) in layout.items()}
        if layout != self._layout:
            key = next(key for key in layout if layout[key] != self._layout[key])
            raise ValueError(
                f"samples of one batch differ in {key!r}: {_described(self._layout[key])} in {self._first}, "
                f"{_described(layout[key])} in {name}; set image_size=(height, width), or add a crop "
                "(A.RandomCrop, A.PadIfNeeded) to the transform, so that all end at one size"
            )
        return {key: array[number] for key, array in self.arrays.items()}


def _described(place: tuple[tuple[int, ...], np.dtype[Any]]) -> str:
    shape, dtype = place
    return f"{'x'.join(map(str, shape))} of {dtype}"
