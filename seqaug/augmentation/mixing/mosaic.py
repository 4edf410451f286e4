"""Albumentations' `Mosaic`, for all arrays of a sample."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from seqaug.augmentation.albumentations import Mosaic as AlbumentationsMosaic
from seqaug.augmentation.albumentations import geometric, mixing
from seqaug.augmentation.value_maps import POSITIONS

Array = np.ndarray[Any, Any]


class _Cell(NamedTuple):
    """A cell of the mosaic.

    Attributes:
        placement: rows and columns of the mosaic.
        item: number of the sample: 0 is the own one, others are partners, from 1.
        size: (height, width) to which the sample is scaled.
        seen: rows and columns of the scaled sample that are seen.
        place: rows and columns of the mosaic where these are; the rest of the cell is filled.
    """

    placement: tuple[slice, slice]
    item: int
    size: tuple[int, int]
    seen: tuple[slice, slice]
    place: tuple[slice, slice]


class Mosaic(AlbumentationsMosaic):
    """`albumentations.Mosaic` that puts additional targets together too, each from the samples' arrays of its name.

    Albumentations fills additional targets with the image or the mask. The same random numbers are drawn, and image and
    mask are the same, but without a composition for each cell, and without samples that are not seen.
    """

    def get_params_dependent_on_data(self, params: dict[str, Any], data: dict[str, Any]) -> dict[str, Any]:
        """Draw the cells.

        Args:
            params: parameters so far.
            data: the sample, and its partners under `metadata_key`.

        Returns:
            "cells" and "items", the samples in them.
        """
        placements = self._calculate_geometry(data)
        others = data[self.metadata_key]
        needed = len(placements) - 1
        numbers: Sequence[int] = range(len(others))
        if len(others) > needed:
            numbers = self.py_random.sample(numbers, needed)
        items = [data, *(others[number] for number in numbers)]
        # Cells for which there is no other sample repeat the own one.
        items += [data] * (len(placements) - len(items))
        item_of = mixing.assign_items_to_grid_cells(len(items), placements, self.py_random)
        cells = [self._cell(placement, item, items[item]["image"].shape) for placement, item in item_of.items()]
        return {"cells": cells, "items": items}

    def _calculate_geometry(self, data: dict[str, Any]) -> list[tuple[int, int, int, int]]:
        """Draw where the cells are, (x_min, y_min, x_max, y_max), as Albumentations does, without its NumPy."""
        x, y = mixing.calculate_mosaic_center_point(
            self.grid_yx, self.cell_shape, self.target_size, self.center_range, self.py_random
        )
        rows, columns = (
            list(pairwise(_grid_lines(count, length, center - target // 2, target)))
            for count, length, center, target in zip(
                self.grid_yx, self.cell_shape, (y, x), self.target_size, strict=True
            )
        )
        return [(x_min, y_min, x_max, y_max) for y_min, y_max in rows for x_min, x_max in columns]

    def _cell(self, placement: tuple[int, int, int, int], item: int, shape: tuple[int, ...]) -> _Cell:
        """Find which part of a sample, scaled to `cell_shape`, is seen in a cell."""
        x_min, y_min, x_max, y_max = placement
        spare_y, spare_x = self.cell_shape[0] - (y_max - y_min), self.cell_shape[1] - (x_max - x_min)
        down, right = y_min + y_max - self.target_size[0], x_min + x_max - self.target_size[1]
        if down and right:
            # What lies towards the mosaic's centre.
            top, left = spare_y if down < 0 else 0, spare_x if right < 0 else 0
        else:
            top, left = spare_y // 2, spare_x // 2
        scale_y, scale_x = self.cell_shape[0] / shape[0], self.cell_shape[1] / shape[1]
        scale = max(scale_y, scale_x) if self.fit_mode == "cover" else min(scale_y, scale_x)
        size = round(shape[0] * scale) or 1, round(shape[1] * scale) or 1
        rows_seen, rows = _seen(size[0], top, y_min, y_max)
        columns_seen, columns = _seen(size[1], left, x_min, x_max)
        placed = slice(y_min, y_max), slice(x_min, x_max)
        return _Cell(placed, item, size, (rows_seen, columns_seen), (rows, columns))

    def apply_with_params(self, params: dict[str, Any], *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Put each target together."""
        items: list[Mapping[str, Array]] = params.pop("items")
        cells: list[_Cell] = params.pop("cells")
        result = {}
        for name, array in kwargs.items():
            is_moved = name in self._key2func and array is not None
            result[name] = self._assembled(name, [item[name] for item in items], cells) if is_moved else array
        return result

    def _assembled(self, name: str, arrays: Sequence[Array], cells: Sequence[_Cell]) -> Array:
        own = arrays[0]
        interpolation, fill = self._treatment(name, own)
        mosaic = np.empty((*self.target_size, *own.shape[2:]), own.dtype)
        for cell in cells:
            scaled = arrays[cell.item]
            if scaled.shape[:2] != cell.size:
                scaled = geometric.functional.resize(scaled, cell.size, interpolation)
            if cell.place != cell.placement:
                mosaic[cell.placement] = np.array(fill, own.dtype)
            mosaic[cell.place] = scaled[cell.seen]
        return mosaic

    def _treatment(self, name: str, array: Array) -> tuple[int, Any]:
        """Return the interpolation and the fill of a target."""
        if name == "image" or self._additional_targets.get(name) == "image":
            return self.interpolation, self.fill
        if name == POSITIONS:
            return self.mask_interpolation, 0
        # Masks of floats are value maps, with their validity: see `ValueMaps.pack`.
        return (self.interpolation, 0) if array.dtype.kind == "f" else (self.mask_interpolation, self.fill_mask)


def _grid_lines(count: int, length: int, start: int, target: int) -> list[int]:
    """Return where a window cuts the cells of a grid, from 0 to `target`."""
    return sorted({min(max(number * length - start, 0), target) for number in range(count + 1)})


def _seen(length: int, start: int, first: int, last: int) -> tuple[slice, slice]:
    """Find the part of a scaled sample that a cell shows, along one axis.

    Args:
        length: length of the scaled sample.
        start: where the cell's crop of the sample starts; a sample that is shorter than the crop's end is centred.
        first: where the cell starts in the mosaic.
        last: where it ends.

    Returns:
        The part of the sample, and of the mosaic.
    """
    stop = start + last - first
    if stop <= length:
        return slice(start, stop), slice(first, last)
    shift = (stop - length) // 2
    begin = max(start - shift, 0)
    end = max(min(stop - shift, length), begin)
    place = first + begin + shift - start
    return slice(begin, end), slice(place, place + end - begin)


def with_all_targets(leaf: Any, names: Sequence[str]) -> None:
    """Let a `Mosaic` put all arrays together, in place.

    Args:
        leaf: a single transform of any class.
        names: the additional targets.

    Raises:
        ValueError: it is a subclass of `albumentations.Mosaic`, and there are additional targets.
    """
    if type(leaf) is AlbumentationsMosaic:
        leaf.__class__ = Mosaic
    elif isinstance(leaf, AlbumentationsMosaic) and not isinstance(leaf, Mosaic) and names:
        raise ValueError(
            f"{type(leaf).__name__} puts {names[0]!r} together from images or masks, as albumentations.Mosaic does; "
            "expected albumentations.Mosaic itself, which sequences let do it right, or no additional_targets"
        )
