"""Tiles in a pipeline: cut from cached whole samples, and padded at the edges of images."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from seqaug.core.padding import checked_fill
from seqaug.sources.tiled import TiledSource
from seqaug.utils.validation import FILLED

Array = np.ndarray[Any, Any]
Arrays = Mapping[str, Array]


class TileCutter:
    """Cuts and pads the tiles of a source.

    Args:
        source: the tiles.
        fills: values of padded pixels, by the names of arrays.
        by_file: whether whole samples are cached, from which tiles are cut; else tiles are cached.
        marks_padding: whether samples have `FILLED`, which is True where they are padded.
    """

    def __init__(self, source: TiledSource, fills: Mapping[str, float], *, by_file: bool, marks_padding: bool) -> None:
        self._source = source
        self._fills = dict(fills)
        self.by_file = by_file
        self._marks_padding = marks_padding

    def moved(self, source: TiledSource) -> TileCutter:
        """Return the same for an equal source."""
        return TileCutter(source, self._fills, by_file=self.by_file, marks_padding=self._marks_padding)

    def parent(self, index: int) -> int:
        """Return the index of the whole sample of a tile."""
        return self._source.parent(index)

    def is_cached_whole(self, index: int) -> bool:
        """Whether the cache has a tile's whole sample; larger ones are read in windows, if at all."""
        return self.by_file and not self._source.is_too_large(self.parent(index))

    def whole(self, parent: int) -> Arrays:
        """Load a whole sample; its arrays must not be changed."""
        return self._source.whole(parent)

    def cut(self, index: int, whole: Arrays) -> dict[str, Array]:
        """Cut a tile from the arrays of its whole sample, as views."""
        window = self._source.window(index)
        return {name: window.cut(pixels) for name, pixels in whole.items()}

    def padded(self, index: int, sample: dict[str, Array]) -> dict[str, Array]:
        """Pad a tile that reaches beyond its image, at the bottom and on the right.

        Raises:
            ValueError: an array cannot hold the value of padded pixels.
        """
        if self._source.tiles.edge != "pad":
            return sample
        size, present = self._source.tiles.height_and_width, self._source.size_inside(index)
        # What a subclass loads has sizes of its own.
        if present != size and sample["image"].shape[:2] == present:
            sample = {name: self._pad(name, pixels, size) for name, pixels in sample.items()}
        if self._marks_padding:
            filled = np.ones(sample["image"].shape[:2], bool)
            filled[: present[0], : present[1]] = False
            sample = {**sample, FILLED: filled}
        return sample

    def _pad(self, name: str, pixels: Array, size: tuple[int, int]) -> Array:
        fill = checked_fill(name, self._fills[name], pixels.dtype, 'Tiles(edge="pad")')
        padded = np.full((*size, *pixels.shape[2:]), fill, pixels.dtype)
        padded[: pixels.shape[0], : pixels.shape[1]] = pixels
        return padded
