"""Tiles: which windows of large images are samples."""

from __future__ import annotations

import numbers
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, Literal, NamedTuple, get_args

import numpy as np

from seqaug.utils.validation import one_of, whole_number

Edge = Literal["shift", "pad"]
EDGES: Final = get_args(Edge)

Array = np.ndarray[Any, Any]


class Window(NamedTuple):
    """A part of an image, in pixels; it may reach beyond the image at the bottom and on the right.

    Attributes:
        top: first row.
        left: first column.
        height: number of rows.
        width: number of columns.
    """

    top: int
    left: int
    height: int
    width: int

    @property
    def bounds(self) -> tuple[int, int, int, int]:
        """Top, left, bottom and right."""
        return self.top, self.left, self.top + self.height, self.left + self.width

    def cut(self, pixels: Array) -> Array:
        """Return a view of what an image, (H, W, ...), has in the window."""
        return pixels[self.top : self.top + self.height, self.left : self.left + self.width]


@dataclass(frozen=True)
class Tiles:
    """Samples are windows of images that are too large to train on whole.

    Tiles of an image lie in rows from its top left corner, `stride` apart.

    Args:
        size: height and width of a tile in pixels, one number or two.
        stride: distance of neighbouring tiles, one number or (vertical, horizontal). None: `size`, tiles side by side.
        min_labelled: share of a tile's pixels that must be labelled, 0 to 1; tiles with less are left out.
        edge: the last tile of a row or column that would reach beyond the image. "shift": it is moved inside, over its
            neighbour; images smaller than a tile are an error. "pad": the image is padded at the bottom and on the
            right, with 0, and masks with `ignore_index`.
        classes: names or ids; tiles with a pixel of none of them are left out. None: all tiles.
        shuffle_files: shuffled epochs shuffle the files, and then the tiles of this many files together. None: as many
            as take 512 MB, decoded, and at least 2 if they take up to 1 GB, where files must be decoded whole; else all
            files.

    Raises:
        TypeError, ValueError: an argument has the wrong type or is out of range.
    """

    size: int | tuple[int, int]
    stride: int | tuple[int, int] | None = None
    min_labelled: float = 0.0
    edge: Edge = "shift"
    classes: Iterable[int | str] | None = None
    shuffle_files: int | None = None

    def __post_init__(self) -> None:
        size = _pair("size", self.size, "(height, width)")
        object.__setattr__(self, "size", size)
        stride = size if self.stride is None else _pair("stride", self.stride, "(vertical, horizontal)")
        object.__setattr__(self, "stride", stride)
        one_of("Tiles(edge)", self.edge, EDGES)
        share: Any = self.min_labelled
        if isinstance(share, bool) or not isinstance(share, numbers.Real):
            raise TypeError(f"Tiles(min_labelled={self.min_labelled!r}); expected a share of pixels from 0 to 1")
        if not 0 <= float(share) <= 1:
            raise ValueError(f"Tiles(min_labelled={self.min_labelled!r}); expected a share of pixels from 0 to 1")
        for name, length, step in zip(("height", "width"), size, stride, strict=True):
            if step > length:
                raise ValueError(
                    f"Tiles(stride={step}) is more than the {name} of a tile, {length}, and pixels between tiles would "
                    "never be seen; expected at most that"
                )
        if self.shuffle_files is not None:
            files = whole_number("Tiles(shuffle_files)", self.shuffle_files, 1)
            object.__setattr__(self, "shuffle_files", files)
        if isinstance(self.classes, str) or not (self.classes is None or isinstance(self.classes, Iterable)):
            raise TypeError(f"Tiles(classes={self.classes!r}); expected a list of class names or ids")
        if self.classes is not None:
            object.__setattr__(self, "classes", tuple(self.classes))
            if not self.classes:
                raise ValueError("Tiles(classes=[]) leaves out all tiles; expected class names or ids, or None")

    @property
    def height_and_width(self) -> tuple[int, int]:
        """Height and width of a tile."""
        return self.size  # type: ignore[return-value]

    @property
    def _steps(self) -> tuple[int, int]:
        return self.stride  # type: ignore[return-value]

    @property
    def selects(self) -> bool:
        """Whether tiles are chosen by their labels."""
        return self.min_labelled > 0 or self.classes is not None

    def grid(self, height: int, width: int) -> Array:
        """Return the top and the left of the tiles of an image, (tiles, 2) int64, row by row."""
        tops, lefts = (
            self._starts(length, window, step)
            for length, window, step in zip((height, width), self.height_and_width, self._steps, strict=True)
        )
        return np.stack(np.meshgrid(tops, lefts, indexing="ij"), -1).reshape(-1, 2)

    def _starts(self, length: int, window: int, stride: int) -> Array:
        count = 1 + max(0, -(-(length - window) // stride))
        starts = np.arange(count, dtype=np.int64) * stride
        return np.minimum(starts, max(length - window, 0)) if self.edge == "shift" else starts


def _pair(name: str, value: Any, both: str) -> tuple[int, int]:
    """Validate a number of pixels, or two of them, which the text `both` names."""
    expected = f"expected a number of pixels, or {both}, of at least 1"
    parts = (value, value) if np.ndim(value) == 0 else tuple(value)
    if len(parts) != 2:
        raise ValueError(f"Tiles({name}={value!r}); {expected}")
    if not all(isinstance(part, numbers.Integral) and not isinstance(part, bool) for part in parts):
        raise TypeError(f"Tiles({name}={value!r}); {expected}")
    if min(parts) < 1:
        raise ValueError(f"Tiles({name}={value!r}); {expected}")
    return int(parts[0]), int(parts[1])
