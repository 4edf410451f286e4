"""Maps of numbers beside an image, such as depth: what they are made of, how they are moved, and what they end as."""

from __future__ import annotations

import math
import numbers
from collections.abc import Mapping
from typing import Any, Final

import cv2
import numpy as np

from seqaug.augmentation.made_up import GROUP
from seqaug.utils.validation import MADE_UP

Array = np.ndarray[Any, Any]
Arrays = dict[str, Array]

# The name of the array that a composition moves as it moves masks: from which pixel, counted from 1, each one comes; 0
# where it was made up.
POSITIONS: Final = "seqaug_positions"

VALUE_KINDS: Final = ("value", "value_nearest")
# Integers up to here are float32 as well.
_EXACT = 2**24
# Of less presence than this a quotient would be mostly rounding, and the nearest value is taken.
_LEAST_PRESENCE = 1 / 16
_LARGEST = float(np.finfo(np.float32).max)


class ValueMaps:
    """The additional targets of a sequence that hold numbers, whatever they measure.

    "value": resampled bilinearly, ends as float32. "value_nearest": each pixel gets a value that was there, so that
    maps may have holes (NaN, 0, -1); integers keep their dtype, and floats end as float32. Neither is ever changed by a
    transform of pixel values, and vectors (flow, normals) are moved and not turned.

    A "value" goes through a composition multiplied by whether there is a value, with that as one more channel, and is
    divided by it in the end: beside made-up pixels only what was measured counts, however often it is resampled
    (normalized convolution, Knutsson & Westin 1993). Which pixels were made up is told by the nearest neighbour, as in
    masks.

    Args:
        additional_targets: names of further arrays of a sample, and what they are.
        value_fill: what made-up pixels become: a number for all maps, or {name: number}; None: there is nothing for
            them, and they are an error.

    Attributes:
        names: of the maps.
        blended: of those that are "value".
        moved: of what a composition moves in their place.
        unfilled: of those for which there is no fill.

    Raises:
        TypeError, ValueError: `value_fill` is no number, is of no map, or cannot be held.
    """

    def __init__(self, additional_targets: Mapping[str, str], value_fill: Any = None) -> None:
        self._kinds = {name: kind for name, kind in additional_targets.items() if kind in VALUE_KINDS}
        self.names = tuple(self._kinds)
        self.blended = tuple(name for name, kind in self._kinds.items() if kind == "value")
        self.moved = (*self.blended, POSITIONS) if self._kinds else ()
        self._fills = self._checked_fills(value_fill)
        self.unfilled = tuple(name for name in self.names if name not in self._fills)

    def __bool__(self) -> bool:
        return bool(self._kinds)

    def _checked_fills(self, value_fill: Any) -> dict[str, float]:
        if value_fill is None:
            return {}
        if not self._kinds:
            raise ValueError(
                f"value_fill={value_fill!r} is for maps of numbers, and there are none; expected additional_targets="
                '{"depth": "value"}, say, beside it'
            )
        fills = dict(value_fill) if isinstance(value_fill, Mapping) else dict.fromkeys(self._kinds, value_fill)
        for name, fill in fills.items():
            if name not in self._kinds:
                raise ValueError(
                    f"value_fill names {name!r}; expected maps of numbers: {', '.join(map(repr, self._kinds))}"
                )
            if isinstance(fill, bool) or not isinstance(fill, numbers.Real):
                raise TypeError(
                    f'value_fill={value_fill!r}; expected a number, such as 0 or float("nan"), or {{name: number}}'
                )
            if _LARGEST < abs(float(fill)) < math.inf:
                raise ValueError(
                    f"value_fill={fill!r} for {name!r}: float32 does not hold it; expected a smaller number"
                )
        return fills

    def loaded(self, name: str, pixels: Array) -> Array:
        """Give a map that was loaded the dtype that it ends as.

        Args:
            name: of the map.
            pixels: (H, W) or (H, W, C), of any kind of numbers.

        Raises:
            ValueError: it is no such array, its values do not fit, there are holes in a "value", or its dtype does not
                hold `value_fill`.
        """
        if pixels.ndim not in (2, 3) or pixels.dtype.kind not in "biuf":
            raise ValueError(
                f"{name!r} is {pixels.dtype} of shape {pixels.shape}; expected numbers, (H, W) or (H, W, C)"
            )
        if name in self.blended:
            return _as_float(name, pixels)
        if pixels.dtype.kind == "f":
            return _without_overflow(name, pixels)
        pixels = pixels.astype(np.uint8 if pixels.dtype.kind == "b" else pixels.dtype.newbyteorder("="), copy=False)
        fill, bounds = self._fills.get(name, 0), np.iinfo(pixels.dtype)
        if not (math.isfinite(fill) and fill == int(fill) and bounds.min <= fill <= bounds.max):
            raise ValueError(
                f"{name!r} is {pixels.dtype}, which cannot hold value_fill={fill!r}; expected a whole number from "
                f"{bounds.min} to {bounds.max}, or float values"
            )
        return pixels

    def packed(self, sample: Mapping[str, Array]) -> Arrays:
        """Make what a composition moves, as masks, in the place of the maps."""
        height, width = sample["image"].shape[:2]
        positions = np.arange(1, height * width + 1, dtype=np.int32)
        # OpenCV rounds places of int32 otherwise than those of masks, and those of four bytes as those of masks.
        as_bytes = positions.view(np.uint8).reshape(height, width, 4)
        return {**{name: _with_presence(sample[name]) for name in self.blended}, POSITIONS: as_bytes}

    def fault(self, moved: Mapping[str, Array]) -> str | None:
        """Say what a transform did wrong to what `packed` made, or None."""
        positions = _positions(moved)
        made_up = positions.size - np.count_nonzero(positions)
        if made_up and self.unfilled:
            return (
                f"made up {made_up} of {positions.size} pixels, and nothing says what they are in "
                f'{self.unfilled[0]!r}; expected value_fill=, such as value_fill=0 or float("nan"), or one for each '
                "map, as {name: number}; or another border_mode"
            )
        return None

    def unpacked(self, moved: Mapping[str, Array], sample: Mapping[str, Array]) -> Arrays:
        """Make the maps, and `MADE_UP`, of what a composition has moved.

        Args:
            moved: what became of what `packed` made.
            sample: as it was before.
        """
        positions = _positions(moved)
        made_up = positions == 0
        found: Arrays = {}
        for name in self.names:
            pixels = sample[name].reshape(-1, *sample[name].shape[2:])
            if name in self.blended:
                found[name], is_absent = _divided(moved[name], sample[name].shape)
                # OpenCV's nearest neighbour is not always one of the four that it blends.
                is_absent &= ~made_up
                found[name][is_absent] = pixels[positions[is_absent] - 1]
            else:
                # Of made-up pixels the last one is taken here, and overwritten.
                found[name] = pixels[positions - 1]
            if name in self._fills:
                found[name][made_up] = self._fills[name]
        return {**found, MADE_UP: made_up}

    def resized(self, name: str, pixels: Array, made_up: Array | None, size: tuple[int, int]) -> Array:
        """Give a map another size, as image and mask get it.

        Args:
            name: of the map.
            pixels: (H, W) or (H, W, C).
            made_up: (H, W), which pixels were made up; None: none.
            size: (height, width).
        """
        if name not in self.blended:
            return resize_nearest(pixels, size)
        packed = _with_presence(pixels)
        if made_up is not None:
            packed[made_up] = 0
        height, width = size
        groups = [
            cv2.resize(packed[..., start : start + GROUP], (width, height), interpolation=cv2.INTER_LINEAR)
            for start in range(0, packed.shape[2], GROUP)
        ]
        resized, is_absent = _divided(np.concatenate(groups, axis=-1), pixels.shape)
        if is_absent.any():
            resized[is_absent] = resize_nearest(pixels, size)[is_absent]
        if made_up is not None and name in self._fills:
            resized[resize_nearest(made_up, size)] = self._fills[name]
        return resized


def resize_nearest(pixels: Array, size: tuple[int, int]) -> Array:
    """Give an array of any dtype, (H, W, ...), another size by the exact nearest neighbour."""
    rows, columns = (
        cv2.resize(np.arange(old, dtype=np.int32)[np.newaxis], (new, 1), interpolation=cv2.INTER_NEAREST_EXACT)[0]
        for old, new in zip(pixels.shape, size, strict=False)
    )
    resized: Array = pixels[rows[:, np.newaxis], columns]
    return resized


def _as_float(name: str, pixels: Array) -> Array:
    if pixels.dtype.kind in "iu" and pixels.size and max(abs(int(pixels.min())), abs(int(pixels.max()))) > _EXACT:
        raise ValueError(
            f'{name!r} is {pixels.dtype} and reaches from {pixels.min()} to {pixels.max()}; a "value" becomes float32, '
            f'which is exact up to {_EXACT}; expected smaller numbers, or "value_nearest", which keeps integers'
        )
    values = _without_overflow(name, pixels)
    finite = np.isfinite(values)
    if not finite.all():
        raise ValueError(
            f"{name!r} is NaN or infinite in {values.size - np.count_nonzero(finite)} of {values.size} places, and a "
            '"value" is resampled bilinearly, which would spread them; expected additional_targets='
            f'{{{name!r}: "value_nearest"}} for maps with holes'
        )
    return values


def _without_overflow(name: str, pixels: Array) -> Array:
    with np.errstate(over="ignore"):
        values = pixels.astype(np.float32, copy=False)
    if pixels.dtype.itemsize > 4 and np.count_nonzero(np.isinf(values)) != np.count_nonzero(np.isinf(pixels)):
        raise ValueError(f"{name!r} holds numbers that float32, as which it ends, does not hold; expected others")
    return values


def _with_presence(values: Array) -> Array:
    """Stack a map, (H, W) or (H, W, C), and whether there is a value, which is 1.

    Each three channels share a presence: what OpenCV warps together, it warps in the same way, and four at a time best.
    """
    height, width = values.shape[:2]
    channels = [values] if values.ndim == 2 else list(np.moveaxis(values, -1, 0))
    nothing, presence = np.zeros((height, width), np.float32), np.ones((height, width), np.float32)
    planes: list[Array] = []
    for start in range(0, len(channels), GROUP - 1):
        group = [np.ascontiguousarray(channel) for channel in channels[start : start + GROUP - 1]]
        planes += [*group, *[nothing] * (GROUP - 1 - len(group)), presence]
    packed: Array = cv2.merge(planes)
    return packed


def _divided(packed: Array, shape: tuple[int, ...]) -> tuple[Array, Array]:
    """Divide a map, which had a shape before, by its presence; and say where there is too little, (H, W) bool."""
    channels = 1 if len(shape) == 2 else shape[2]
    groups = packed.reshape(*packed.shape[:2], -1, GROUP)
    presence = groups[:, :, 0, -1]
    values = groups[..., :-1].copy()
    is_partial = (presence != 1) & (presence >= _LEAST_PRESENCE)
    values[is_partial] /= presence[is_partial][:, np.newaxis, np.newaxis]
    values = values.reshape(*packed.shape[:2], -1)
    values = np.ascontiguousarray(values[..., 0] if len(shape) == 2 else values[..., :channels])
    return values, presence < _LEAST_PRESENCE


def _positions(moved: Mapping[str, Array]) -> Array:
    return np.ascontiguousarray(moved[POSITIONS]).view(np.int32)[..., 0]
