"""Tiles of the samples of another data source."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np

from seqaug.errors import SampleError
from seqaug.reading.dimensions import LIMIT_VARIABLE, pixel_limit
from seqaug.reading.georeference import Transform
from seqaug.reading.nodata import plain_or_masked
from seqaug.sources.base import CacheKey, WindowedSource
from seqaug.sources.headers_file import Headers
from seqaug.sources.recent_samples import RecentSamples
from seqaug.sources.tiles import Tiles, Window

Array = np.ndarray[Any, Any]

# Of whole samples, in each process: twice those of a window, for what has more channels, and for the next window.
KEPT_BYTES = 2**30
_WINDOW_BYTES = 2**29


class TileSample(NamedTuple):
    """A tile: the image, mask (None without masks) and further arrays that it is cut from, whole, and where it lies.

    Attributes:
        image, mask, additional: paths, or arrays.
        window: where the tile lies in the image.
        transform: where it lies on earth: (a, b, c, d, e, f) of `affine.Affine` and rasterio, from column and row of
            the tile, x = a * column + b * row + c and y = d * column + e * row + f. None if the file does not say (it
            is a GeoTIFF that does, read with the extra `geo`).
        crs: coordinate reference system, such as "EPSG:32632", or WKT; or None.
    """

    image: Any
    mask: Any
    additional: Mapping[str, Any]
    window: Window
    transform: Transform | None
    crs: str | None


class Decoding(NamedTuple):
    """What decoding a whole sample took.

    Attributes:
        parent: the index of the whole sample.
        seconds: time.
        size: bytes of its arrays.
    """

    parent: int
    seconds: float
    size: int


class TiledSource:
    """Windows of the samples of a data source, file by file, row by row.

    Args:
        source: the whole samples.
        tiles: which windows.
        headers: heights and widths of the whole samples, and where they lie on earth.
        bytes_per_pixel: of a whole sample, roughly: of an RGB image and its mask by default.

    Attributes:
        source, tiles: as the arguments.
        first_decoding: of the first whole sample that this process decoded; None before.

    Raises:
        SampleError, ValueError: a sample is too small for a tile.
    """

    def __init__(self, source: Any, tiles: Tiles, headers: Headers, bytes_per_pixel: int = 4) -> None:
        self.source: WindowedSource = source
        self.tiles = tiles
        self.has_cache_keys = source.has_cache_keys
        self._headers = headers
        self._sizes = sizes = headers.sizes
        self._bytes_per_pixel = bytes_per_pixel
        self._recent = RecentSamples(KEPT_BYTES)
        self.first_decoding: Decoding | None = None
        _check_fit(source, tiles, sizes)
        grids = [tiles.grid(height, width) for height, width in sizes.tolist()]
        self._parents = np.repeat(np.arange(len(grids), dtype=np.int32), [len(grid) for grid in grids])
        self._corners = np.concatenate(grids).astype(np.int32)

    @property
    def fingerprint(self) -> str:
        """How whole samples are read: the cache holds these."""
        return self.source.fingerprint

    def __len__(self) -> int:
        return len(self._parents)

    def __getitem__(self, index: int) -> TileSample:
        sample = self.source[self.parent(index)]
        window = self.window(index)
        crs, transform = self._headers.georeference(self.parent(index), window.top, window.left)
        mask, additional = getattr(sample, "mask", None), getattr(sample, "additional", {})
        return TileSample(sample.image, mask, additional, window, transform, crs)

    def parent(self, index: int) -> int:
        """Return the index of the whole sample that a tile is cut from."""
        return int(self._parents[index])

    def window(self, index: int) -> Window:
        """Return where a tile lies in the whole sample."""
        top, left = self._corners[index].tolist()
        return Window(top, left, *self.tiles.height_and_width)

    def size_inside(self, index: int) -> tuple[int, int]:
        """Return the height and width of the part of a tile that lies inside its image."""
        top, left, height, width = self.window(index)
        image_height, image_width = self._sizes[self.parent(index)].tolist()
        return min(height, image_height - top), min(width, image_width - left)

    @property
    def parents(self) -> Array:
        """The index of the whole sample of each tile, (tiles,) int32."""
        return self._parents

    @property
    def shuffle_window(self) -> int | None:
        """Number of whole samples whose tiles are shuffled together; None: all.

        It depends on the samples and on `Tiles` alone, as the order of all batches does.
        """
        count = len(np.unique(self._parents))
        window = self.tiles.shuffle_files
        if window is None:
            mean = self._sizes.prod(axis=1).mean() * self._bytes_per_pixel
            window = max(int(_WINDOW_BYTES / mean), 2 if 2 * mean <= KEPT_BYTES else 1)
            if window < count and not any(map(self.source.decodes_whole, range(len(self._sizes)))):
                return None
        return window if window < count else None

    def first_tiles(self) -> Array:
        """Return the index of one tile of each whole sample that has tiles."""
        return np.unique(self._parents, return_index=True)[1]

    def subset(self, indices: Any) -> TiledSource:
        """Return the source of some of the tiles."""
        subset = copy.copy(self)
        subset._parents, subset._corners = self._parents[indices], self._corners[indices]
        return subset

    def load(self, index: int) -> Mapping[str, Array]:
        """Load what the whole sample has in the tile's window: copies, which may be smaller than a tile at the edge."""
        return self._load(index, self.source.names)

    def load_mask(self, index: int) -> Array:
        """Load only the mask of a tile."""
        return self._load(index, ("mask",))["mask"]

    def _load(self, index: int, names: Sequence[str]) -> dict[str, Array]:
        parent, window = self.parent(index), self.window(index)
        found = self.source.load_window(parent, window.bounds, names)
        self._check_window(index, found)
        others = tuple(name for name in names if name not in found)
        if others:
            if self.is_too_large(parent):
                raise ValueError(self._too_large_text(parent, others[0]))
            whole = self._kept(parent, others)
            found |= {name: window.cut(pixels).copy() for name, pixels in whole.items()}
        return {name: found[name] for name in names}

    def is_too_large(self, parent: int) -> bool:
        """Whether a whole sample has more pixels than are decoded at once."""
        height, width = self._sizes[parent].tolist()
        pixels: int = height * width
        return pixels > pixel_limit(self.source.describe(parent))

    def _too_large_text(self, parent: int, name: str) -> str:
        height, width = self._sizes[parent].tolist()
        return (
            f"{name!r} has {height}x{width} pixels (height x width) and can only be decoded whole, above the limit of "
            f"{pixel_limit(self.source.describe(parent)):,} pixels; expected a .npy file, or a TIFF and pip install "
            f'"seqaug[geo]", of which tiles are read alone; or a higher limit, the variable {LIMIT_VARIABLE}'
        )

    def _check_window(self, index: int, arrays: Mapping[str, Array]) -> None:
        expected = self.size_inside(index)
        for name, pixels in arrays.items():
            if pixels.shape[:2] != expected:
                raise ValueError(
                    f"{name!r} has {pixels.shape[0]}x{pixels.shape[1]} pixels in the window, and had {expected[0]}x"
                    f"{expected[1]} when the sequence was made; expected files that do not change"
                )

    def whole(self, parent: int) -> Mapping[str, Array]:
        """Load a whole sample, or take it from those decoded lately; its arrays must not be changed."""
        return self._kept(parent, self.source.names)

    def _kept(self, parent: int, names: tuple[str, ...]) -> Mapping[str, Array]:
        key = self.source.cache_key(parent)  # files that have changed are decoded again
        arrays = self._recent.get((parent, names, key), lambda: self._decoded(parent, names))
        expected = tuple(self._sizes[parent].tolist())
        for name, pixels in arrays.items():
            if pixels.shape[:2] != expected:
                raise ValueError(
                    f"{name!r} is {pixels.shape[0]}x{pixels.shape[1]}, and was {expected[0]}x{expected[1]} (height x "
                    "width) when the sequence was made; expected files that do not change"
                )
        return arrays

    def _decoded(self, parent: int, names: tuple[str, ...]) -> dict[str, Array]:
        start = perf_counter()
        arrays = {name: plain_or_masked(pixels) for name, pixels in self.source.load_whole(parent, names).items()}
        if self.first_decoding is None and "image" in names:
            size = sum(pixels.nbytes for pixels in arrays.values())
            self.first_decoding = Decoding(parent, perf_counter() - start, size)
        return arrays

    def describe(self, index: int) -> str:
        """Name the whole sample, and the window."""
        top, left, height, width = self.window(index)
        name = self.source.describe(self.parent(index))
        return f"{name}, rows {top} to {top + height}, columns {left} to {left + width}"

    def cache_key(self, index: int) -> CacheKey | None:
        """Return the key of the whole sample, with the window."""
        key = self.source.cache_key(self.parent(index))
        return None if key is None else CacheKey(key.name, f"{key.state} tile {' '.join(map(str, self.window(index)))}")


def _check_fit(source: WindowedSource, tiles: Tiles, sizes: Array) -> None:
    """Refuse tiles that are larger than their images."""
    height, width = tiles.height_and_width
    is_larger = (sizes < (height, width)).any(axis=1)
    largest_height, largest_width = sizes.max(axis=0).tolist()
    if (largest_height < height and largest_width < width) or (is_larger.all() and tiles.edge == "shift"):
        raise ValueError(
            f"Tiles(size=({height}, {width})) is larger than every image: their heights are at most {largest_height} "
            f"and their widths at most {largest_width} pixels; expected a smaller tile, or no tiles="
        )
    if tiles.edge == "shift" and is_larger.any():
        index = int(is_larger.argmax())
        found = "x".join(map(str, sizes[index].tolist()))
        error = ValueError(
            f"the image is {found} (height x width), smaller than a tile of {height}x{width}, and so are "
            f'{int(is_larger.sum())} of {len(sizes)} images; expected Tiles(edge="pad"), which pads them, or a smaller '
            "tile"
        )
        raise SampleError.of(index, source.describe(index), error) from error
