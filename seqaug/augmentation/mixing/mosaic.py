"""Albumentations' `Mosaic`, for all arrays of a sample."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from seqaug.augmentation.albumentations import Mosaic as AlbumentationsMosaic
from seqaug.augmentation.albumentations import geometric, mixing
from seqaug.augmentation.value_maps import POSITIONS

Array = np.ndarray[Any, Any]


class _Cell(NamedTuple):
    """A cell of the mosaic.

    Attributes:
        placement: (x_min, y_min, x_max, y_max) in the mosaic.
        crop: (x_min, y_min, x_max, y_max), which part of its sample, scaled to `cell_shape`, is seen.
        item: number of the sample: 0 is the own one, others are partners, from 1.
    """

    placement: tuple[int, int, int, int]
    crop: tuple[int, int, int, int]
    item: int


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
        cells = []
        for placement, item in item_of.items():
            x_min, y_min, x_max, y_max = placement
            position = mixing.get_cell_relative_position(placement, self.target_size)
            crop = mixing.get_opposite_crop_coords(self.cell_shape, (y_max - y_min, x_max - x_min), position)
            cells.append(_Cell(placement, crop, item))
        return {"cells": cells, "items": [dict(item) for item in items]}

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
        mosaic = np.full((*self.target_size, *own.shape[2:]), np.array(fill, own.dtype), own.dtype)
        scaled: dict[int, Array] = {}
        for cell in cells:
            if cell.item not in scaled:
                scaled[cell.item] = self._scaled(arrays[cell.item], interpolation)
            self._place(mosaic, scaled[cell.item], cell)
        return mosaic

    def _treatment(self, name: str, array: Array) -> tuple[int, Any]:
        """Return the interpolation and the fill of a target."""
        if name == "image" or self._additional_targets.get(name) == "image":
            return self.interpolation, self.fill
        if name == POSITIONS:
            return self.mask_interpolation, 0
        # Masks of floats are value maps, with their validity: see `ValueMaps.pack`.
        return (self.interpolation, 0) if array.dtype.kind == "f" else (self.mask_interpolation, self.fill_mask)

    def _scaled(self, array: Array, interpolation: int) -> Array:
        height, width = array.shape[:2]
        scales = self.cell_shape[0] / height, self.cell_shape[1] / width
        scale = max(scales) if self.fit_mode == "cover" else min(scales)
        size = max(1, round(height * scale)), max(1, round(width * scale))
        resized: Array = geometric.functional.resize(array, size, interpolation)
        return resized

    @staticmethod
    def _place(mosaic: Array, scaled: Array, cell: _Cell) -> None:
        """Copy the part of a sample that is seen; what lies beyond its border stays filled."""
        x_min, y_min, x_max, y_max = cell.crop
        # A sample smaller than its crop is centred.
        top, left = (max(0, end - length) // 2 for end, length in zip((y_max, x_max), scaled.shape, strict=False))
        y_start, x_start = max(y_min - top, 0), max(x_min - left, 0)
        part = scaled[y_start : max(y_max - top, 0), x_start : max(x_max - left, 0)]
        y = cell.placement[1] + y_start + top - y_min
        x = cell.placement[0] + x_start + left - x_min
        mosaic[y : y + part.shape[0], x : x + part.shape[1]] = part


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
