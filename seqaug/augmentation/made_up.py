"""Pixels that a transform makes up: how they are kept apart from those that it moves."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

import numpy as np

Array = np.ndarray[Any, Any]
ApplyToMask = Callable[..., Array]

# By the names that Albumentations gives them: what a transform makes up in masks.
FILL_ARGUMENTS: Final = ("fill_mask", "mask_drop_value")
# How many channels OpenCV warps at a time.
GROUP: Final = 4
# Two masks of one label each: a pixel that comes out the same for both was made up.
LABELS: Final = (85, 170)


def fill_arguments(leaf: Any) -> list[str]:
    """List the arguments of a transform that say what it makes up in masks, where it does so at all."""
    return [name for name in FILL_ARGUMENTS if getattr(leaf, name, None) is not None]


class LabelMadeUp:
    """A transform's function for masks that labels the pixels which the transform made up.

    They are found by transforming, the same way, a mask that holds the label alone: where it comes out as another one,
    nothing was there before. What the transform itself labels so is labelled rightly.

    Args:
        function: the transform's.
        label: of made-up pixels.
    """

    def __init__(self, function: ApplyToMask, label: int) -> None:
        self._function = function
        self._label = label

    def __call__(self, mask: Array, **params: Any) -> Array:
        """Transform a mask, (H, W) or (H, W, C)."""
        transformed = self._function(mask, **params)
        of_label = self._function(np.full_like(mask, self._label), **params)
        made_up = of_label != self._label
        if not made_up.any():
            return transformed
        return np.where(made_up, transformed.dtype.type(self._label), transformed)


class MoveNumbers:
    """A transform's function for masks, used for arrays of numbers; pixels that are made up become 0.

    Args:
        leaf: the transform.
        function: its function for masks.
        interpolation: one of OpenCV's, in the place of the transform's own `mask_interpolation`; None: that one.
        fills: whether made-up pixels are what `fill_mask` says at the time; else they are sought.
        takes_channels: whether the function takes (H, W, C); else it is given one channel after the other.
    """

    def __init__(
        self, leaf: Any, function: ApplyToMask, *, interpolation: int | None, fills: bool, takes_channels: bool
    ) -> None:
        self._leaf = leaf
        self._function = function
        is_asked = interpolation is not None and hasattr(leaf, "mask_interpolation")
        self._interpolation = {"mask_interpolation": interpolation} if is_asked else {}
        self._fills = fills
        self._takes_channels = takes_channels

    def __call__(self, numbers: Array, **params: Any) -> Array:
        """Move numbers, (H, W, C)."""
        with filled_with(self._leaf, 0, params):
            made_up = None if self._fills else self._made_up(numbers.shape[:2], params)
            with _set_for_now(self._leaf, self._interpolation):
                moved = self._moved(numbers, params)
        if made_up is not None and made_up.any():
            moved = moved.copy()
            moved[made_up] = 0
        # What was filled may have taken the dtype of its fill.
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

    def _made_up(self, size: tuple[int, ...], params: Mapping[str, Any]) -> Array:
        one, other = (self._function(np.full(size, label, np.uint8), **params) for label in LABELS)
        found: Array = one == other
        return found


def leave_alone(numbers: Array, **params: Any) -> Array:
    """Stand for a transform's function for masks where it would change numbers, and not move them."""
    return numbers


@contextmanager
def filled_with(leaf: Any, fill: int, params: dict[str, Any]) -> Iterator[None]:
    """Let a transform whose parameters have been drawn make up masks of a label, as far as it can still be told."""
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
