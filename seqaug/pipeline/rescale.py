"""The factor of images, and what to mind about the range that images have in a batch."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np

from seqaug.reading.depth import MAX_12_BIT

Array = np.ndarray[Any, Any]

_WHITE, _DEEP_WHITE = 255, 65_535
_BARELY = 0.1  # of 0..1: what uint8 never fills with a factor that was meant for it
_DIVISOR = 10  # factors from here on are mostly meant to divide
_DARK_PICTURE = 16  # float images of 0 up to here or less may be anything


class DefaultRescale(float):
    """The factor where the user gives none: for uint8 images alone, while a given one is for all integer images."""

    def __repr__(self) -> str:
        return "1 / 255"


DEFAULT_RESCALE: Final = DefaultRescale(1 / _WHITE)


def rescale_remarks(rescale: float | None, loaded: Array, augmented: Array, batch: Array) -> Iterator[str]:
    """Say where a factor does not suit the images that it meets, so that the model gets a range nobody meant.

    Args:
        rescale: the factor, or None, which says that images are meant as they are.
        loaded: an image before the transform, (H, W, C).
        augmented: the same image after it.
        batch: images as the model gets them, (B, H, W, C).

    Yields:
        A remark with the numbers seen, and the cure.
    """
    if rescale is None:
        return
    (_, most), (least_given, most_given) = value_range(augmented), value_range(batch)
    given = f"{least_given:.5g} to {most_given:.5g}"
    if augmented.dtype.kind in "iu" and rescale >= _DIVISOR:
        yield (
            f"rescale={rescale:g} makes {given} of {augmented.dtype} images, in the first batch: it is what they are "
            f"multiplied by; expected 1 / {rescale:g}"
        )
    elif augmented.dtype == np.uint16:
        yield from _of_uint16(rescale, max(most, value_range(loaded)[1]), given, most_given)
    elif augmented.dtype == np.uint8 and not isinstance(rescale, DefaultRescale) and rescale * _WHITE < _BARELY:
        yield (
            f"rescale={rescale:.4g} makes {given} of uint8 images, in the first batch; expected rescale=1 / 255, or, "
            'where files have 16 bits, color_mode="unchanged" beside it, which keeps them'
        )
    elif augmented.dtype.kind == "f" and loaded.dtype.kind == "f":
        yield from _of_floats(rescale, loaded, most, given)


def value_range(pixels: Array) -> tuple[float, float]:
    """Give the least and the greatest finite value; (0, 0) where there is none."""
    finite = pixels[np.isfinite(pixels)] if pixels.dtype.kind == "f" else pixels
    return (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)


def _of_uint16(rescale: float, most: float, given: str, most_given: float) -> Iterator[str]:
    if isinstance(rescale, DefaultRescale):
        white = MAX_12_BIT if most <= MAX_12_BIT else _DEEP_WHITE
        yield (
            f"images are uint16 and reach the model unscaled, {given} in the first batch: the default rescale is for "
            f"uint8; set rescale=1 / {white} for 0 to 1 (one over the greatest value that there can be), or "
            "rescale=None where the model scales them"
        )
    elif np.isclose(rescale * _WHITE, 1) and most > _WHITE:
        yield (
            f"rescale={rescale:.4g} makes {given} of uint16 images, in the first batch: 1 / 255 is for uint8; "
            f"expected rescale=1 / {_DEEP_WHITE}"
        )
    elif np.isclose(rescale * _DEEP_WHITE, 1, rtol=0.01) and max(most, most_given / rescale) <= MAX_12_BIT:
        yield (
            f"rescale={rescale:.4g} makes {given} of uint16 images, in the first batch: their greatest value, "
            f"{max(most, most_given / rescale):.0f}, is far below 65535; where they hold 12 bits, set "
            f"rescale=1 / {MAX_12_BIT}"
        )


def _of_floats(rescale: float, loaded: Array, most: float, given: str) -> Iterator[str]:
    least_loaded, most_loaded = value_range(loaded)
    if (least_loaded >= 0 and most_loaded <= 1) or most <= most_loaded / 2:  # right already, or the transform scales
        return
    if not isinstance(rescale, DefaultRescale):
        yield (
            f"rescale={rescale:.4g} is for integer images, and these are {loaded.dtype}: they reach the model as they "
            f"are, {given} in the first batch; give integers, or scale them in load() or by a transform, and set "
            "rescale=None"
        )
    elif least_loaded >= 0 and _DARK_PICTURE < most_loaded <= _WHITE and _is_whole(loaded):
        yield (
            f"float images that look like 8-bit ones reach the model as they are, {given} in the first batch: rescale "
            "is for integer images; give uint8, or divide them by 255; rescale=None says that this range is meant"
        )


def _is_whole(pixels: Array) -> bool:
    return bool((pixels == np.rint(pixels)).all())
