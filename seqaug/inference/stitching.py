"""Predictions of tiles, blended into rows of an image: one band is in memory at a time."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from typing import Any, NamedTuple, Protocol, TypeVar

import cv2
import numpy as np

from seqaug.inference.test_time_augmentation import Symmetry
from seqaug.inference.tiling import Axis, tile_axis

Array = np.ndarray[Any, Any]
ItemT = TypeVar("ItemT")

_PREFETCHED = 2  # batches
_MOST_CHANNELS = 512  # that OpenCV resizes at a time


class Rows(Protocol):
    """An image that is read a few rows at a time, from top to bottom.

    Attributes:
        height, width: of the image, in pixels.
    """

    @property
    def height(self) -> int:
        """Height of the image."""

    @property
    def width(self) -> int:
        """Width of the image."""

    def read(self, start: int, stop: int) -> Array:
        """Read rows `start` to `stop`: (stop - start, width, C)."""


class ArrayRows:
    """The rows of an image in memory, (H, W, C)."""

    def __init__(self, pixels: Array) -> None:
        self._pixels = pixels
        self.height, self.width = pixels.shape[:2]

    def read(self, start: int, stop: int) -> Array:
        """Return a view of rows."""
        return self._pixels[start:stop]


class Grid(NamedTuple):
    """Tiles of one size on an image.

    Attributes:
        rows: tiles along the height.
        columns: tiles along the width.
        shape: (height, width) that each tile is scaled to.
        symmetries: how each tile is shown to the model.
    """

    rows: Axis
    columns: Axis
    shape: tuple[int, int]
    symmetries: list[Symmetry]


class Layout(NamedTuple):
    """How images are cut into tiles.

    Attributes:
        tile: (height, width) of the model's input.
        overlap, blend: as for `tile_axis`.
        symmetries: how each tile is shown to the model.
        scales: factors by which the image is shown enlarged.
    """

    tile: tuple[int, int]
    overlap: float
    blend: str
    symmetries: list[Symmetry]
    scales: Sequence[float]

    def grids(self, height: int, width: int) -> list[Grid]:
        """Lay tiles on an image: for each scale, and apart for what is shown transposed if tiles are not square."""
        grids = []
        for scale in self.scales:
            by_shape: dict[tuple[int, int], list[Symmetry]] = {}
            for symmetry in self.symmetries:
                # Whatever is done to it, the model gets its own shape.
                shape = self.tile[::-1] if symmetry.transposes else self.tile
                by_shape.setdefault(shape, []).append(symmetry)
            for shape, shown in by_shape.items():
                down, across = (max(round(side / scale), 1) for side in shape)
                rows = tile_axis(height, down, self.overlap, self.blend)
                columns = tile_axis(width, across, self.overlap, self.blend)
                grids.append(Grid(rows, columns, shape, shown))
        return grids


class Band(NamedTuple):
    """Finished rows of an image.

    Attributes:
        image: number of the image in the stream.
        top: the first row.
        pixels: (rows, W, K), float32; valid until the next band is asked for.
        is_last: whether the image ends with it.
    """

    image: int
    top: int
    pixels: Array
    is_last: bool


class _Stitch:
    """Adds up the predictions of one image, of which it keeps the rows that are not finished.

    Args:
        number: of the image in the stream.
        grids: tiles on the image; their predictions are averaged, each by its number of symmetries.
    """

    def __init__(self, number: int, grids: Sequence[Grid]) -> None:
        self._number = number
        self._height, self._width = grids[0].rows.length, grids[0].columns.length
        self._most_rows = min(max(grid.rows.window for grid in grids), self._height)
        self._shown = sum(len(grid.symmetries) for grid in grids)
        self._sums: Array | None = None
        # The tile that is being shown: float64, so that the mean of equal predictions is the same to the bit.
        self._tile_sum: Array | None = None
        # Rows of the image: the first one kept, and the first one that is not finished.
        self._top = self._finished = 0

    def add(self, tile: _Tile, output: Array) -> None:
        """Add a prediction, (h, w, K), turned back."""
        symmetries = tile.grid.symmetries
        if len(symmetries) == 1:
            self._blend(tile, output)
            return
        self._tile_sum = output.astype(np.float64) if self._tile_sum is None else self._tile_sum + output
        if tile.symmetry is symmetries[-1]:
            mean = (self._tile_sum / len(symmetries)).astype(np.float32)
            self._tile_sum = None
            self._blend(tile, mean)

    def _blend(self, tile: _Tile, output: Array) -> None:
        (rows, columns, _, symmetries), row, column = tile.grid, tile.row, tile.column
        if self._sums is None:
            self._sums = np.zeros((self._most_rows, self._width, output.shape[2]), np.float32)
        self._drop_finished(self._sums)
        in_tile, across_tile = rows.of_tile(row), columns.of_tile(column)
        weights = rows.weights[row, in_tile, np.newaxis] * columns.weights[column, across_tile]
        weights *= np.float32(len(symmetries) / self._shown)
        scaled = resized(output, (rows.window, columns.window))[in_tile, across_tile]
        down, across = rows.inside(row), columns.inside(column)
        self._sums[down.start - self._top : down.stop - self._top, across] += scaled * weights[..., np.newaxis]

    def _drop_finished(self, sums: Array) -> None:
        done = self._finished - self._top
        if done:
            left = len(sums) - done
            sums[:left] = sums[done:]
            sums[left:] = 0
            self._top = self._finished

    def finish(self, until: int) -> Band:
        """Return the rows up to `until` that are not finished yet: no further tile lies on them."""
        assert self._sums is not None
        top, self._finished = self._top, until
        return Band(self._number, top, self._sums[: until - top], until == self._height)


class _Tile(NamedTuple):
    """A place on an image, and how it is shown to the model.

    Attributes:
        stitch: of its image.
        grid, row, column: the place.
        symmetry: how it is shown.
        finishes: rows above this one are finished with it; None: none are.
    """

    stitch: _Stitch
    grid: Grid
    row: int
    column: int
    symmetry: Symmetry
    finishes: int | None


def predicted_bands(
    images: Iterable[Rows],
    layout: Layout,
    *,
    preprocess: Callable[[Array], Array],
    predict: Callable[[Array], Array],
    swap: Callable[[Array], Array],
    batch_size: int,
) -> Iterator[Band]:
    """Predict images, tile by tile, in batches of one shape that run on from one image to the next.

    Tiles are read and prepared in another thread while the model runs.

    Args:
        images: read one after another, in that thread.
        layout: how they are cut.
        preprocess: turns the pixels of a tile into what the model takes.
        predict: from (batch_size, h, w, C) to (batch_size, h, w, K), float32.
        swap: changes the classes of a mirrored prediction, (h, w, K), back.
        batch_size: tiles in a batch; the last batch is filled up with zeros, whose results are left out.

    Yields:
        The rows of each image, from top to bottom.
    """
    batches = _batches(_tiles(images, layout, preprocess), batch_size)
    with closing(_prefetched(batches)) as ahead:
        for pixels, tiles in ahead:
            for tile, output in zip(tiles, predict(pixels), strict=False):
                shown = tile.symmetry.undo(output)
                shown = swap(shown) if tile.symmetry.mirrors else shown
                tile.stitch.add(tile, shown)
                if tile.finishes is not None:
                    yield tile.stitch.finish(tile.finishes)


def _tiles(
    images: Iterable[Rows], layout: Layout, preprocess: Callable[[Array], Array]
) -> Iterator[tuple[Array, _Tile]]:
    for number, image in enumerate(images):
        grids = layout.grids(image.height, image.width)
        stitch = _Stitch(number, grids)
        starts = [
            (grid.rows.inside(row).start, which, row)
            for which, grid in enumerate(grids)
            for row in range(len(grid.rows.starts))
        ]
        starts.sort()
        finished = 0
        for (_, which, row), (following, _, _) in zip(starts, [*starts[1:], (image.height, 0, 0)], strict=True):
            grid = grids[which]
            strip = image.read(grid.rows.inside(row).start, grid.rows.inside(row).stop)
            for column in range(len(grid.columns.starts)):
                window = _filled_up(strip[:, grid.columns.inside(column)], grid, row, column)
                pixels = preprocess(resized(window, grid.shape))
                for symmetry in grid.symmetries:
                    is_last = column == len(grid.columns.starts) - 1 and symmetry is grid.symmetries[-1]
                    finishes = following if is_last and following > finished else None
                    yield symmetry.apply(pixels), _Tile(stitch, grid, row, column, symmetry, finishes)
            finished = following


def _filled_up(pixels: Array, grid: Grid, row: int, column: int) -> Array:
    """Fill a tile that is larger than the image, by reflection: what lies beyond looks like what is there."""
    around = [
        (part.start, axis.window - part.stop)
        for axis, part in ((grid.rows, grid.rows.of_tile(row)), (grid.columns, grid.columns.of_tile(column)))
    ]
    return np.pad(pixels, [*around, (0, 0)], mode="reflect") if any(map(any, around)) else pixels


def _batches(tiles: Iterable[tuple[Array, _Tile]], batch_size: int) -> Iterator[tuple[Array, list[_Tile]]]:
    batch = np.empty(0)
    places: list[_Tile] = []
    for pixels, tile in tiles:
        if not places:
            batch = np.zeros((batch_size, *pixels.shape), pixels.dtype)
        if pixels.shape != batch.shape[1:] or pixels.dtype != batch.dtype:
            raise ValueError(
                f"images differ: tiles of one are {pixels.dtype} of shape {pixels.shape}, and of the one before "
                f"{batch.dtype} of shape {batch.shape[1:]}; expected equal channels and dtypes"
            )
        batch[len(places)] = pixels
        places.append(tile)
        if len(places) == batch_size:
            yield batch, places
            places = []
    if places:
        yield batch, places


def _prefetched(items: Iterator[ItemT]) -> Generator[ItemT, None, None]:
    """Take items in another thread, a few ahead."""
    with ThreadPoolExecutor(1, thread_name_prefix="seqaug-tiles") as pool:
        ahead: deque[Future[ItemT | None]] = deque(pool.submit(next, items, None) for _ in range(_PREFETCHED))
        try:
            while (item := ahead.popleft().result()) is not None:
                ahead.append(pool.submit(next, items, None))
                yield item
        finally:
            for future in ahead:
                future.cancel()


def resized(pixels: Array, size: tuple[int, int]) -> Array:
    """Scale pixels, (h, w, C), bilinearly to (height, width); unchanged where they have this size."""
    if pixels.shape[:2] == size:
        return pixels
    parts = [
        np.atleast_3d(cv2.resize(np.ascontiguousarray(part), size[::-1], interpolation=cv2.INTER_LINEAR))
        for part in np.split(pixels, range(_MOST_CHANNELS, pixels.shape[2], _MOST_CHANNELS), axis=2)
    ]
    return parts[0] if len(parts) == 1 else np.concatenate(parts, axis=2)
