"""Warnings of pixel values outside the range that a transform expects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import numpy as np

from seqaug.augmentation.albumentations import ImageOnlyTransform, Normalize, ToFloat
from seqaug.augmentation.augmenter import Augmenter
from seqaug.core.rng import sample_generators
from seqaug.reading.depth import MAX_12_BIT

Array = np.ndarray[Any, Any]

_PASSES = 4  # enough to meet most transforms of a OneOf
_BEYOND = 2  # times the largest value expected: more than interpolation and sharpening overshoot
_FAR_BELOW = 50  # times below it
_FEW_DEVIATIONS = 20  # from the mean, in which images normalized by their own statistics lie
_CLIPPED = 0.01  # the least share of clipped values, and the least excess of each


def range_warnings(
    augmenter: Augmenter, loaded: Mapping[str, Array], *, seed: int, class_id: int | None = None
) -> Iterator[str]:
    """Warn of transforms that get pixel values of another range than they expect.

    The sample is transformed again with p=1 throughout, and the images before and after each transform are compared.
    Nothing is done if images are uint8 and no `Normalize` or `ToFloat` changes that.

    Args:
        augmenter: the transform.
        loaded: the arrays of a sample, "image" among them.
        seed: the seed of the sequence.
        class_id: the class for which the sample was drawn, or None.

    Yields:
        A warning with the numbers seen and a hint, at most one per transform.
    """
    if loaded["image"].dtype == np.uint8 and not any(
        isinstance(leaf, Normalize | ToFloat) for leaf in augmenter.transforms
    ):
        return
    found: dict[str, str] = {}

    def check(leaf: Any, before: Array, after: Array) -> None:
        warning = _range_warning(leaf, before, after)
        if warning is not None:
            found.setdefault(type(leaf).__name__, warning)

    for attempt in range(_PASSES):
        with np.errstate(all="ignore"):
            augmenter.observe(loaded, partial(sample_generators, seed, 0, attempt), class_id, check)
        if found:
            break
    yield from found.values()


def _range_warning(leaf: Any, before: Array, after: Array) -> str | None:
    if not before.size or not np.isfinite(before).all():
        return None
    if isinstance(leaf, ToFloat):
        return _scale_warning(leaf, before, after, leaf.max_value)
    if isinstance(leaf, Normalize):
        return _scale_warning(leaf, before, after, leaf.max_pixel_value) if leaf.normalization == "standard" else None
    is_known = isinstance(leaf, ImageOnlyTransform) and type(leaf).__module__.partition(".")[0] == "albumentations"
    return _clipping_warning(leaf, before, after) if is_known else None


def _scale_warning(leaf: Any, before: Array, after: Array, expected: float | None) -> str | None:
    """Compare a transform's divisor with the values that it divides."""
    name, most, is_float = type(leaf).__name__, float(before.max()), before.dtype.kind == "f"
    seen = f"{before.dtype} of {before.min():.5g} to {most:.5g}"
    argument = "max_value" if isinstance(leaf, ToFloat) else "max_pixel_value"
    if isinstance(leaf, ToFloat) and is_float:
        if most <= _BEYOND:
            return None
        return (
            f"ToFloat does not change float images, and gets {seen} in the first sample; divide them in load(), or "
            "give integers"
        )
    if expected is None:
        expected = float(np.iinfo(before.dtype).max)
    message = (
        f"{name}({argument}={expected:g}) gets {seen} in the first sample and returns {after.min():.5g} to "
        f"{after.max():.5g}"
    )
    if most > _BEYOND * expected and not _has_own_statistics(leaf, after):
        return (
            f"{message}: the input goes far beyond {expected:g}; set {argument} to the largest possible value"
            f"{_after_float(leaf)}"
        )
    if before.dtype == np.uint16 and expected > _BEYOND * MAX_12_BIT and 0 < most <= MAX_12_BIT:
        return f"{message}: the largest value is far below; if images hold 12 bits in 16, set {argument}={MAX_12_BIT}"
    is_too_small = (
        0 < most <= expected / _FAR_BELOW and bool((before != np.rint(before)).any())
        if is_float
        else np.iinfo(before.dtype).max <= expected / _FAR_BELOW
    )
    if is_too_small:
        return (
            f"{message}: the input is far below, so that all values become nearly equal; leave out the transform that "
            f"scales it before (ToFloat, another Normalize), or set {argument} to the largest possible value"
        )
    return None


def _has_own_statistics(leaf: Any, after: Array) -> bool:
    """Tell whether `Normalize` has mean and std in the images' own unit, not of 0 to 1, and they fit."""
    statistics = np.abs(np.append(getattr(leaf, "mean", 0), getattr(leaf, "std", 0)).astype(np.float64))
    return bool(statistics.max() > 1 and np.abs(after).max() <= _FEW_DEVIATIONS)


def _after_float(leaf: Any) -> str:
    return " (1.0 is for images after ToFloat)" if getattr(leaf, "max_pixel_value", None) == 1 else ""


def _clipping_warning(leaf: Any, before: Array, after: Array) -> str | None:
    """Find out whether float pixels were clipped to 0 to 1, by the number of pixels at these two values."""
    if before.dtype.kind != "f" or after.shape != before.shape:
        return None
    if ((before < -_CLIPPED) | (before > 1 + _CLIPPED)).mean() <= _CLIPPED:
        return None
    seen = f"{before.min():.5g} to {before.max():.5g}"
    if not np.isfinite(after).all():
        return (
            f"{type(leaf).__name__} turns float pixels of the first sample, {seen}, into NaN or infinite values; "
            "scale images to 0 to 1 before it, or leave it out"
        )
    top = 1 if after.dtype.kind == "f" else np.iinfo(after.dtype).max
    if after.min() < 0 or after.max() > top:
        return None
    at_ends = ((after == 0) | (after == top)).mean() - ((before == before.min()) | (before == before.max())).mean()
    if at_ends <= _CLIPPED:
        return None
    return (
        f"{type(leaf).__name__} expects float pixels of 0 to 1 and clips those of the first sample, {seen}: "
        f"{at_ends:.0%} more of them become black or white; scale images to 0 to 1 before it "
        "(in load(), or A.ToFloat of integers), or put it before the transform that scales them (A.Normalize)"
    )
