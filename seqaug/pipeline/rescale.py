"""The factor of images, and warnings about the range that images have in a batch."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np

from seqaug.reading.depth import MAX_12_BIT

Array = np.ndarray[Any, Any]

_WHITE, _DEEP_WHITE = 255, 65_535
_BARELY = 0.1  # of 0..1: a factor meant for uint8 makes a larger range of it
_DIVISOR = 10  # larger factors are mostly meant as divisors
_DARK_PICTURE = 16  # float images with a smaller maximum may be anything


class DefaultRescale(float):
    """The default factor, for uint8 images only; a factor given by the user is for all integer images."""

    def __repr__(self) -> str:
        return "1 / 255"


DEFAULT_RESCALE: Final = DefaultRescale(1 / _WHITE)


def rescale_warnings(
    rescale: float | None, loaded: Array, augmented: Array, batch: Array, *, dtype: str = "float32"
) -> Iterator[str]:
    """Yield warnings if a factor does not suit the images, so that the model gets an unintended range.

    Args:
        rescale: the factor, or None: images stay as they are, on purpose.
        loaded: an image before the transform, (H, W, C).
        augmented: the same image after it.
        batch: images as the model gets them, (B, H, W, C).
        dtype: that images were to have if they are floats.

    Yields:
        A warning with what was seen, and the remedy.
    """
    if rescale is None:
        if dtype != "float32" and batch.dtype.kind in "iu":
            yield (
                f'dtype="{dtype}" is for images that are floats in the batch, and these are {batch.dtype}, as '
                f"rescale=None keeps integers; expected a factor, rescale=1 / {np.iinfo(batch.dtype).max} or 1.0, or "
                "no dtype="
            )
        return
    (_, most), (least_given, most_given) = value_range(augmented), value_range(batch)
    given = f"{least_given:.5g} to {most_given:.5g}"
    if augmented.dtype.kind in "iu" and rescale >= _DIVISOR:
        yield (
            f"rescale={rescale:g} makes {given} of {augmented.dtype} images, in the first batch: images are "
            f"multiplied by it; expected 1 / {rescale:g}"
        )
    elif augmented.dtype == np.uint16:
        yield from _of_uint16(rescale, max(most, value_range(loaded)[1]), given, most_given)
    elif augmented.dtype == np.uint8 and not isinstance(rescale, DefaultRescale) and rescale * _WHITE < _BARELY:
        yield (
            f"rescale={rescale:.4g} makes {given} of uint8 images, in the first batch; expected rescale=1 / 255, or, "
            'if files have 16 bits, also color_mode="unchanged", which keeps them'
        )
    elif augmented.dtype.kind == "f" and loaded.dtype.kind == "f":
        yield from _of_floats(rescale, loaded, most, given)


def value_range(pixels: Array) -> tuple[float, float]:
    """Return the least and the greatest finite value; (0, 0) if there is none."""
    finite = pixels[np.isfinite(pixels)] if pixels.dtype.kind == "f" else pixels
    return (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)


def _of_uint16(rescale: float, most: float, given: str, most_given: float) -> Iterator[str]:
    if isinstance(rescale, DefaultRescale):
        white = MAX_12_BIT if most <= MAX_12_BIT else _DEEP_WHITE
        yield (
            f"images are uint16 and reach the model unscaled, {given} in the first batch: the default rescale is for "
            f"uint8; set rescale=1 / {white} for 0 to 1 (one over the greatest possible value), or "
            "rescale=None if the model scales them"
        )
    elif np.isclose(rescale * _WHITE, 1) and most > _WHITE:
        yield (
            f"rescale={rescale:.4g} makes {given} of uint16 images, in the first batch: 1 / 255 is for uint8; "
            f"expected rescale=1 / {_DEEP_WHITE}"
        )
    elif np.isclose(rescale * _DEEP_WHITE, 1, rtol=0.01) and max(most, most_given / rescale) <= MAX_12_BIT:
        yield (
            f"rescale={rescale:.4g} makes {given} of uint16 images, in the first batch: their greatest value, "
            f"{max(most, most_given / rescale):.0f}, is far below 65535; if they hold 12 bits, set "
            f"rescale=1 / {MAX_12_BIT}"
        )


def _of_floats(rescale: float, loaded: Array, most: float, given: str) -> Iterator[str]:
    least_loaded, most_loaded = value_range(loaded)
    # Already in 0..1, or the transform scales.
    if (least_loaded >= 0 and most_loaded <= 1) or most <= most_loaded / 2:
        return
    if not isinstance(rescale, DefaultRescale):
        yield (
            f"rescale={rescale:.4g} is for uint8 and uint16 images, and these are {loaded.dtype}, as other integers "
            f"are once read: they reach the model unscaled, {given} in the first batch; scale them by a transform, "
            "such as A.Normalize(mean, std, max_pixel_value=1), or in load(), and set rescale=None"
        )
    elif least_loaded >= 0 and _DARK_PICTURE < most_loaded <= _WHITE and _is_whole(loaded):
        yield (
            f"float images that look like 8-bit ones reach the model unscaled, {given} in the first batch: rescale "
            "is for uint8 and uint16 images; give uint8, or divide them by 255; rescale=None if this range is intended"
        )


def _is_whole(pixels: Array) -> bool:
    return bool((pixels == np.rint(pixels)).all())
