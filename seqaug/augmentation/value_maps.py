"""Value maps: arrays of numbers beside an image, such as depth, and how transforms move them."""

from __future__ import annotations

import math
import numbers
from collections.abc import Mapping, Sequence
from typing import Any, Final

import cv2
import numpy as np

from seqaug.augmentation.filled_pixels import GROUP
from seqaug.utils.validation import FILLED

Array = np.ndarray[Any, Any]
Arrays = dict[str, Array]

# Name of an array that a composition moves like a mask: the source of each pixel, counted from 1; 0 if it was filled.
POSITIONS: Final = "seqaug_positions"

VALUE_KINDS: Final = ("value", "value_nearest")
# float32 is exact for integers up to here.
MAX_EXACT = 2**24
# With less validity than this, a quotient would be mostly rounding: the nearest value is taken.
_LEAST_VALIDITY = 1 / 16
_LARGEST = float(np.finfo(np.float32).max)


class ValueMaps:
    """The additional targets of a sequence that hold measurements.

    "value": resampled bilinearly, returned as float32. "value_nearest": resampled by nearest neighbour, so that maps
    may have holes (NaN, 0, -1); integers keep their dtype, and floats are returned as float32. Photometric transforms
    change neither, and vectors (flow, normals) are moved but not rotated.

    A "value" goes through a composition multiplied by its validity (1, or 0 in filled pixels), with the validity as one
    more channel, and is divided by it in the end: next to filled pixels only measured values count, however often it is
    resampled (normalized convolution, Knutsson & Westin 1993). Which pixels are filled is decided by nearest neighbour,
    as in masks.

    Args:
        additional_targets: the kinds of further arrays of a sample, by name.
        value_fill: the value of filled pixels: a number for all maps, or {name: number}; None: filled pixels are an
            error.

    Attributes:
        names: the names of the maps.
        interpolated: the names of those of kind "value".
        inputs: the names of the arrays that a composition moves instead.
        unfilled: the names of the maps without a fill.

    Raises:
        TypeError, ValueError: `value_fill` is not a number, names an unknown map, or is too large for float32.
    """

    def __init__(self, additional_targets: Mapping[str, str], value_fill: Any = None) -> None:
        self._kinds = {name: kind for name, kind in additional_targets.items() if kind in VALUE_KINDS}
        self.names = tuple(self._kinds)
        self.interpolated = tuple(name for name, kind in self._kinds.items() if kind == "value")
        self.inputs = (*self.interpolated, POSITIONS) if self._kinds else ()
        self._fills = self._checked_fills(value_fill)
        self.unfilled = tuple(name for name in self.names if name not in self._fills)

    def __bool__(self) -> bool:
        return bool(self._kinds)

    def _checked_fills(self, value_fill: Any) -> dict[str, float]:
        if value_fill is None:
            return {}
        if not self._kinds:
            raise ValueError(
                f"value_fill={value_fill!r} is for maps of numbers, and there are none; expected additional_targets= "
                'too, such as {"depth": "value"}'
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
                    f"value_fill={fill!r} for {name!r} is too large for float32; expected a smaller number"
                )
        return fills

    def fill(self, name: str) -> float:
        """Return the value of filled pixels of a map that is not in `unfilled`."""
        return self._fills[name]

    def loaded(self, name: str, pixels: Array) -> Array:
        """Check a loaded map, and convert it to its final dtype.

        Args:
            name: the name of the map.
            pixels: (H, W) or (H, W, C), of any numeric dtype.

        Raises:
            ValueError: the shape or dtype is none of these, values do not fit into float32, a "value" has holes, or an
                integer dtype does not fit `value_fill`.
        """
        if pixels.ndim not in (2, 3) or pixels.dtype.kind not in "biuf":
            raise ValueError(
                f"{name!r} is {pixels.dtype} of shape {pixels.shape}; expected numbers, (H, W) or (H, W, C)"
            )
        if name in self.interpolated:
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

    def pack(self, sample: Mapping[str, Array], *, first: int = 0) -> Arrays:
        """Make the arrays that a composition moves, as masks, instead of the maps.

        Pixels of `FILLED`, if the sample has it, were filled before, and have no validity.

        Args:
            sample: the sample, or another one that is mixed into it.
            first: the number of pixels before its own, those of the samples that it is mixed with.
        """
        height, width = sample["image"].shape[:2]
        positions = np.arange(first + 1, first + height * width + 1, dtype=np.int32)
        # OpenCV rounds coordinates differently for int32 than for masks, but the same for four channels of bytes.
        as_bytes = positions.view(np.uint8).reshape(height, width, 4)
        filled = sample.get(FILLED)
        packed = {name: _with_validity(sample[name], filled) for name in self.interpolated}
        return {**packed, POSITIONS: as_bytes}

    def fault(self, moved: Mapping[str, Array]) -> str | None:
        """Say what a transform did wrong to the arrays of `pack`, or None."""
        positions = _positions(moved)
        filled = positions.size - np.count_nonzero(positions)
        if filled and self.unfilled:
            return (
                f"filled {filled} of {positions.size} pixels, and no value_fill says with what in "
                f'{self.unfilled[0]!r}; expected value_fill=, such as value_fill=0 or float("nan"), or one for each '
                "map, as {name: number}; or another border_mode"
            )
        return None

    def unpack(
        self, moved: Mapping[str, Array], sample: Mapping[str, Array], others: Sequence[Mapping[str, Array]] = ()
    ) -> Arrays:
        """Make the transformed maps, and `FILLED`, from the arrays that a composition has moved.

        Args:
            moved: the arrays of `pack`, transformed.
            sample: the sample before the transform.
            others: the samples that were mixed into it, in the order of their positions.
        """
        positions = _positions(moved)
        filled = positions == 0
        if FILLED in sample:
            filled |= _pixels(FILLED, sample, others)[positions - 1]
        found: Arrays = {}
        for name in self.names:
            pixels = _pixels(name, sample, others)
            if name in self.interpolated:
                found[name], is_invalid = _divided(moved[name], sample[name].shape)
                # OpenCV's nearest neighbour is not always one of the four that it interpolates.
                is_invalid &= ~filled
                found[name][is_invalid] = pixels[positions[is_invalid] - 1]
            else:
                # Filled pixels get the last pixel here (index -1), and their fill below.
                found[name] = pixels[positions - 1]
            if name in self._fills:
                found[name][filled] = self._fills[name]
        return {**found, FILLED: filled}

    def resized(self, name: str, pixels: Array, filled: Array | None, size: tuple[int, int]) -> Array:
        """Resize a map, as image and mask are resized.

        Args:
            name: the name of the map.
            pixels: (H, W) or (H, W, C).
            filled: which pixels were filled, (H, W) bool; None: none.
            size: (height, width).
        """
        if name not in self.interpolated:
            return resize_nearest(pixels, size)
        packed = _with_validity(pixels)
        if filled is not None:
            packed[filled] = 0
        height, width = size
        groups = [
            cv2.resize(packed[..., start : start + GROUP], (width, height), interpolation=cv2.INTER_LINEAR)
            for start in range(0, packed.shape[2], GROUP)
        ]
        resized, is_invalid = _divided(np.concatenate(groups, axis=-1), pixels.shape)
        if is_invalid.any():
            resized[is_invalid] = resize_nearest(pixels, size)[is_invalid]
        if filled is not None and name in self._fills:
            resized[resize_nearest(filled, size)] = self._fills[name]
        return resized


def resize_nearest(pixels: Array, size: tuple[int, int]) -> Array:
    """Resize an array of any dtype, (H, W, ...), by exact nearest neighbour."""
    rows, columns = (
        cv2.resize(np.arange(old, dtype=np.int32)[np.newaxis], (new, 1), interpolation=cv2.INTER_NEAREST_EXACT)[0]
        for old, new in zip(pixels.shape, size, strict=False)
    )
    resized: Array = pixels[rows[:, np.newaxis], columns]
    return resized


def _as_float(name: str, pixels: Array) -> Array:
    if pixels.dtype.kind in "iu" and pixels.size and max(abs(int(pixels.min())), abs(int(pixels.max()))) > MAX_EXACT:
        raise ValueError(
            f'{name!r} is {pixels.dtype} from {pixels.min()} to {pixels.max()}; a "value" becomes float32, which is '
            f'exact for integers up to {MAX_EXACT}; expected smaller numbers, or "value_nearest", which keeps integers'
        )
    values = _without_overflow(name, pixels)
    finite = np.isfinite(values)
    if not finite.all():
        raise ValueError(
            f"{name!r} is NaN or infinite in {values.size - np.count_nonzero(finite)} of {values.size} values, and a "
            '"value" is resampled bilinearly, which would spread them; expected additional_targets='
            f'{{{name!r}: "value_nearest"}} for maps with holes'
        )
    return values


def _without_overflow(name: str, pixels: Array) -> Array:
    with np.errstate(over="ignore"):
        values = pixels.astype(np.float32, copy=False)
    if pixels.dtype.itemsize > 4 and np.count_nonzero(np.isinf(values)) != np.count_nonzero(np.isinf(pixels)):
        raise ValueError(f"{name!r} holds numbers too large for float32, which it becomes; expected smaller ones")
    return values


def _with_validity(values: Array, filled: Array | None = None) -> Array:
    """Stack a map, (H, W) or (H, W, C), and its validity: 1, or 0 in filled pixels, (H, W) bool.

    Three channels at a time share a validity channel: OpenCV warps the four together, in the same way and fastest.
    """
    height, width = values.shape[:2]
    channels = [values] if values.ndim == 2 else list(np.moveaxis(values, -1, 0))
    nothing, validity = np.zeros((height, width), np.float32), np.ones((height, width), np.float32)
    if filled is not None and filled.any():
        channels = [np.where(filled, np.float32(0), channel) for channel in channels]
        validity[filled] = 0
    planes: list[Array] = []
    for start in range(0, len(channels), GROUP - 1):
        group = [np.ascontiguousarray(channel) for channel in channels[start : start + GROUP - 1]]
        planes += [*group, *[nothing] * (GROUP - 1 - len(group)), validity]
    packed: Array = cv2.merge(planes)
    return packed


def _divided(packed: Array, shape: tuple[int, ...]) -> tuple[Array, Array]:
    """Divide a map by its validity and restore its shape; also tell where validity is too low, (H, W) bool."""
    channels = 1 if len(shape) == 2 else shape[2]
    groups = packed.reshape(*packed.shape[:2], -1, GROUP)
    validity = groups[:, :, 0, -1]
    values = groups[..., :-1].copy()
    is_partial = (validity != 1) & (validity >= _LEAST_VALIDITY)
    values[is_partial] /= validity[is_partial][:, np.newaxis, np.newaxis]
    values = values.reshape(*packed.shape[:2], -1)
    values = np.ascontiguousarray(values[..., 0] if len(shape) == 2 else values[..., :channels])
    return values, validity < _LEAST_VALIDITY


def _pixels(name: str, sample: Mapping[str, Array], others: Sequence[Mapping[str, Array]]) -> Array:
    """List the pixels of an array, (n, ...), those of the sample first."""
    lists = [arrays[name].reshape(-1, *arrays[name].shape[2:]) for arrays in (sample, *others)]
    return np.concatenate(lists) if others else lists[0]


def _positions(moved: Mapping[str, Array]) -> Array:
    return np.ascontiguousarray(moved[POSITIONS]).view(np.int32)[..., 0]
