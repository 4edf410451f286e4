"""ImageDataGenerator's arguments: what each accepts, and errors in its terms."""

from __future__ import annotations

import math
import numbers
from collections.abc import Sequence
from typing import Any, Final

import numpy as np

FILL_MODES: Final = ("nearest", "constant", "reflect", "wrap")

Shift = int | float | list[int | float]


def finite(name: str, value: Any, expected: str) -> int | float:
    """Give an argument as a Python number; integers stay integers.

    Raises:
        TypeError: it is not a number.
        ValueError: it is not finite.
    """
    if isinstance(value, bool | np.bool_) or not isinstance(value, numbers.Real):
        raise TypeError(f"{name}={value!r}; expected {expected}")
    if isinstance(value, numbers.Integral):
        return int(value)
    if not math.isfinite(value):
        raise ValueError(f"{name}={value!r}; expected {expected}")
    return float(value)


def at_least_zero(name: str, value: Any, meaning: str) -> int | float:
    """Give a range argument r, from which is drawn between -r and r.

    Raises:
        TypeError: it is not a number.
        ValueError: it is negative or not finite.
    """
    expected = f"{meaning}, at least 0"
    number = finite(name, value, expected)
    if number < 0:
        raise ValueError(f"{name}={value!r}; expected {expected}")
    return number


def shift_range(name: str, value: Any) -> Shift:
    """Give width_shift_range or height_shift_range.

    Raises:
        TypeError: it is neither a number nor numbers.
        ValueError: it is negative, empty or not finite.
    """
    expected = (
        "a fraction of the size below 1, pixels from 1 on (an integer n draws whole pixels between -n and n), or a "
        "list of shifts to choose from"
    )
    if isinstance(value, Sequence | np.ndarray) and not isinstance(value, str):
        if np.ndim(value) != 1 or not len(value):
            raise ValueError(f"{name}={value!r}; expected {expected}")
        return [finite(name, shift, expected) for shift in value]
    return at_least_zero(name, value, expected)


def zoom_bounds(value: Any) -> list[float]:
    """Give zoom_range as its lower and its upper bound: a number z stands for 1 - z and 1 + z.

    Raises:
        TypeError: it is neither a number nor two.
        ValueError: a bound is not above 0, or the first is above the second.
    """
    expected = "a number from 0 to below 1 (zoom between 1 - z and 1 + z), or (lower, upper), both above 0"
    pair = isinstance(value, Sequence | np.ndarray) and not isinstance(value, str)
    if pair and len(value) != 2:
        raise ValueError(f"zoom_range={value!r} has {len(value)} numbers; expected {expected}")
    bounds = [finite("zoom_range", bound, expected) for bound in (value if pair else [value])]
    if not pair:
        bounds = [1 - bounds[0], 1 + bounds[0]]
    if not 0 < bounds[0] <= bounds[1]:
        raise ValueError(f"zoom_range={value!r}; expected {expected}")
    return [float(bound) for bound in bounds]


def brightness_bounds(value: Any) -> list[float] | None:
    """Give brightness_range as its lower and its upper bound, or None.

    Raises:
        TypeError: it is not two numbers.
        ValueError: it is not two numbers from 0 on, the lower first.
    """
    if value is None:
        return None
    expected = "two factors, (lower, upper), at least 0, such as (0.8, 1.2), or None"
    if not isinstance(value, Sequence | np.ndarray) or isinstance(value, str):
        raise TypeError(f"brightness_range={value!r}; expected {expected}")
    if len(value) != 2:
        raise ValueError(f"brightness_range={value!r}; expected {expected}")
    lower, upper = (float(finite("brightness_range", bound, expected)) for bound in value)
    if not 0 <= lower <= upper:
        raise ValueError(f"brightness_range={value!r}; expected {expected}")
    return [lower, upper]


def flag(name: str, value: Any) -> bool:
    """Give an argument that is true or false.

    Raises:
        TypeError: it is neither.
    """
    if not isinstance(value, bool | np.bool_):
        raise TypeError(f"{name}={value!r}; expected True or False")
    return bool(value)


def factor(name: str, value: Any) -> float | None:
    """Give rescale: a factor above 0, or None, for which 0 stands too.

    Raises:
        TypeError: it is not a number.
        ValueError: it is negative or not finite.
    """
    if value is None:
        return None
    return float(at_least_zero(name, value, "a factor such as 1 / 255, or None")) or None


def interpolation(value: Any) -> int:
    """Give interpolation_order: 0 for nearest neighbour, 1 for bilinear.

    Raises:
        ValueError: it is another order.
    """
    if isinstance(value, bool) or value not in (0, 1):
        raise ValueError(
            f"interpolation_order={value!r}; expected 1 (bilinear images) or 0 (nearest neighbour); masks are "
            "always resampled by nearest neighbour"
        )
    return int(value)


def check_elsewhere(data_format: Any, validation_split: Any, dtype: Any) -> None:
    """Refuse arguments that the transform does not handle, and say what to use instead.

    Raises:
        ValueError: one of the arguments is set.
    """
    if data_format not in (None, "channels_last"):
        raise ValueError(
            f'data_format={data_format!r}; expected "channels_last": images are (H, W, C) here, and '
            f"data_format={data_format!r} of the sequence moves the axis in batches"
        )
    if validation_split is not None and validation_split != 0:
        raise ValueError(
            f"validation_split={validation_split!r}; the split belongs to the sequence: "
            f'SegmentationSequence.from_directory(..., validation_split={validation_split!r}, subset="training")'
        )
    if dtype is not None and np.dtype(dtype) != np.float32:
        raise ValueError(
            f"dtype={dtype!r}; expected None: images stay uint8 until something needs float, and are float32 then; "
            'dtype="float16" or "bfloat16" is an argument of the sequence'
        )
