"""Arguments that say how images are cut into tiles."""

from __future__ import annotations

from typing import Any

import numpy as np

from seqaug.inference.model_output import input_shape
from seqaug.utils.validation import height_and_width, positive_number


def checked_tile(tile: Any, model: Any) -> tuple[int, int]:
    """Validate the argument `tile`, as (height, width).

    Raises:
        TypeError, ValueError: it is no size, or not that of the model's input.
    """
    if isinstance(tile, str):
        raise TypeError(f"tile={tile!r}; expected (height, width), or one integer for both")
    pair = (tile, tile) if isinstance(tile, int | np.integer) else tile
    height, width = height_and_width("tile", pair)
    of_model = input_shape(model)[:2]
    if any(free not in (None, side) for free, side in zip(of_model, (height, width), strict=True)):
        raise ValueError(
            f"tile={tile!r}, and the model's input is {of_model[0]}x{of_model[1]} pixels; expected "
            f"tile=({of_model[0]}, {of_model[1]})"
        )
    return height, width


def checked_overlap(overlap: Any) -> float:
    """Validate the argument `overlap`.

    Raises:
        TypeError, ValueError: it is no share, from 0 to below 1.
    """
    if isinstance(overlap, bool) or not isinstance(overlap, int | float | np.number):
        raise TypeError(f"overlap={overlap!r}; expected a share of the tile, 0 to below 1, such as 0.25")
    if not 0 <= overlap < 1:
        raise ValueError(
            f"overlap={overlap!r}; expected a share of the tile, 0 to below 1, such as 0.25: tiles that overlap wholly "
            "never move on"
        )
    return float(overlap)


def checked_scales(scales: Any) -> tuple[float, ...]:
    """Validate the argument `scales`.

    Raises:
        TypeError, ValueError: they are no positive factors.
    """
    if isinstance(scales, int | float):
        raise TypeError(f"scales={scales!r}; expected a sequence of factors, such as (0.75, 1, 1.25)")
    checked = tuple(positive_number("scales", scale) for scale in scales)
    if not checked:
        raise ValueError("scales is empty; expected factors, such as (1,)")
    return checked


def default_tile(model: Any, image_size: tuple[int, int] | None) -> tuple[int, int]:
    """Return the size of the model's input or, if that is free, the size that images are scaled to.

    Raises:
        ValueError: neither is known.
    """
    height, width, _ = input_shape(model)
    if height is not None and width is not None:
        return height, width
    if image_size is not None:
        return image_size
    raise ValueError(
        "tile= is missing, and the model takes images of any size; expected the size of the training crops, or a "
        "larger one that the model can halve as often as it does, such as tile=512"
    )
