"""Filled pixels: those that a transform invents, such as corners and padding, told apart from those that it moves."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

import numpy as np

Array = np.ndarray[Any, Any]
ApplyToMask = Callable[..., Array]

# Albumentations' arguments for the fill of masks.
FILL_ARGUMENTS: Final = ("fill_mask", "mask_drop_value")
# The number of channels that OpenCV warps at a time.
GROUP: Final = 4
# Labels of two uniform masks: a pixel that comes out the same for both was filled.
LABELS: Final = (85, 170)


def fill_arguments(leaf: Any) -> list[str]:
    """List the arguments of a transform that set the fill of masks; those that are None do not fill."""
    return [name for name in FILL_ARGUMENTS if getattr(leaf, name, None) is not None]


class LabelFilled:
    """A transform's function for masks, wrapped to give filled pixels a label.

    They are found by transforming a uniform mask of the label in the same way: pixels with another label were filled.
    Pixels that the transform fills with the label itself need no change.

    Args:
        function: the transform's function for masks.
        label: the label of filled pixels.
    """

    def __init__(self, function: ApplyToMask, label: int) -> None:
        self._function = function
        self._label = label

    def __call__(self, mask: Array, **params: Any) -> Array:
        """Transform a mask, (H, W) or (H, W, C)."""
        transformed = self._function(mask, **params)
        of_label = self._function(np.full_like(mask, self._label), **params)
        filled = of_label != self._label
        if not filled.any():
            return transformed
        return np.where(filled, transformed.dtype.type(self._label), transformed)


class MoveValues:
    """A transform's function for masks, wrapped to move value maps; filled pixels become 0.

    Args:
        leaf: the transform.
        function: its function for masks.
        interpolation: an interpolation of OpenCV instead of the transform's `mask_interpolation`; None: that one.
        fills: whether all filled pixels follow `fill_mask`; else they are searched for.
        takes_channels: whether the function takes (H, W, C); else it is called once per channel.
    """

    def __init__(
        self, leaf: Any, function: ApplyToMask, *, interpolation: int | None, fills: bool, takes_channels: bool
    ) -> None:
        self._leaf = leaf
        self._function = function
        is_settable = interpolation is not None and hasattr(leaf, "mask_interpolation")
        self._interpolation = {"mask_interpolation": interpolation} if is_settable else {}
        self._fills = fills
        self._takes_channels = takes_channels

    def __call__(self, numbers: Array, **params: Any) -> Array:
        """Move values, (H, W, C)."""
        with filled_with(self._leaf, 0, params):
            filled = None if self._fills else self._find_filled(numbers.shape[:2], params)
            with _set_for_now(self._leaf, self._interpolation):
                moved = self._moved(numbers, params)
        if filled is not None and filled.any():
            moved = moved.copy()
            moved[filled] = 0
        # A fill may have changed the dtype.
        return moved.astype(numbers.dtype, copy=False)

    def _moved(self, numbers: Array, params: Mapping[str, Any]) -> Array:
        if not self._takes_channels:
            planes = [self._function(np.ascontiguousarray(plane), **params) for plane in np.moveaxis(numbers, -1, 0)]
            return np.stack(planes, axis=-1)
        groups = [
            self._function(np.ascontiguousarray(numbers[..., start : start + GROUP]), **params)
            for start in range(0, numbers.shape[2], GROUP)
        ]
        return groups[0] if len(groups) == 1 else np.concatenate(groups, axis=-1)

    def _find_filled(self, size: tuple[int, ...], params: Mapping[str, Any]) -> Array:
        one, other = (self._function(np.full(size, label, np.uint8), **params) for label in LABELS)
        found: Array = one == other
        return found


def keep(numbers: Array, **params: Any) -> Array:
    """Return values as they are, in place of a function that changes labels instead of moving them."""
    return numbers


@contextmanager
def filled_with(leaf: Any, fill: int, params: dict[str, Any]) -> Iterator[None]:
    """Let a transform, whose parameters have been drawn, fill masks with a label, as far as that can still be set."""
    if params.get("fill_mask") is not None:
        params["fill_mask"] = fill
    with _set_for_now(leaf, dict.fromkeys(fill_arguments(leaf), fill)):
        yield


@contextmanager
def _set_for_now(leaf: Any, attributes: Mapping[str, Any]) -> Iterator[None]:
    before = {name: getattr(leaf, name) for name in attributes}
    try:
        vars(leaf).update(attributes)
        yield
    finally:
        vars(leaf).update(before)
