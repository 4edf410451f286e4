"""Ranges of pixel values that cannot be meant: what transforms were told to expect, beside what they were given."""

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

_PASSES = 4  # what is one of several transforms should be met by then
_BEYOND = 2  # times the greatest value expected: more than interpolation and sharpening overshoot
_FAR_BELOW = 50  # times below it
_CLIPPED = 0.01  # of the values, at least, and by this much


def range_remarks(
    augmenter: Augmenter, loaded: Mapping[str, Array], *, seed: int, class_id: int | None = None
) -> Iterator[str]:
    """Say which transforms get pixel values of another range than they take them for.

    The sample is transformed again, every transform being applied, and the images before and after each are looked at.
    It costs nothing where images are uint8 and no `Normalize` or `ToFloat` changes that.

    Args:
        augmenter: the transform.
        loaded: the arrays of a sample, "image" among them.
        seed: of the sequence.
        class_id: the class for which the sample was drawn, or None.

    Yields:
        A remark with the numbers seen and the cure, each transform's once.
    """
    if loaded["image"].dtype == np.uint8 and not any(
        isinstance(leaf, Normalize | ToFloat) for leaf in augmenter.transforms
    ):
        return
    found: dict[str, str] = {}

    def look(leaf: Any, before: Array, after: Array) -> None:
        remark = _remark(leaf, before, after)
        if remark is not None:
            found.setdefault(type(leaf).__name__, remark)

    for attempt in range(_PASSES):
        with np.errstate(all="ignore"):
            augmenter.watch(loaded, partial(sample_generators, seed, 0, attempt), class_id, look)
        if found:
            break
    yield from found.values()


def _remark(leaf: Any, before: Array, after: Array) -> str | None:
    if not before.size or not np.isfinite(before).all():
        return None
    if isinstance(leaf, ToFloat):
        return _of_scale(leaf, before, after, leaf.max_value)
    if isinstance(leaf, Normalize):
        return _of_scale(leaf, before, after, leaf.max_pixel_value) if leaf.normalization == "standard" else None
    is_known = isinstance(leaf, ImageOnlyTransform) and type(leaf).__module__.partition(".")[0] == "albumentations"
    return _of_clipping(leaf, before, after) if is_known else None


def _of_scale(leaf: Any, before: Array, after: Array, expected: float | None) -> str | None:
    """Compare what a transform divides by with what it divides."""
    name, most, is_float = type(leaf).__name__, float(before.max()), before.dtype.kind == "f"
    seen = f"{before.dtype} of {before.min():.5g} to {most:.5g}"
    argument = "max_value" if isinstance(leaf, ToFloat) else "max_pixel_value"
    if isinstance(leaf, ToFloat) and is_float:
        if most <= _BEYOND:
            return None
        return (
            f"ToFloat changes no float images, and is given {seen}, in the first sample; divide them in load(), or "
            "give integers"
        )
    if expected is None:
        expected = float(np.iinfo(before.dtype).max)
    told = (
        f"{name}({argument}={expected:g}) is given {seen}, in the first sample, and makes {after.min():.5g} to "
        f"{after.max():.5g} of them"
    )
    if most > _BEYOND * expected:
        return (
            f"{told}: they go far beyond {expected:g}; set {argument} to the greatest value that there can be"
            f"{_after_float(leaf)}"
        )
    if before.dtype == np.uint16 and expected > _BEYOND * MAX_12_BIT and 0 < most <= MAX_12_BIT:
        return f"{told}: the greatest value is far below; where images hold 12 bits in 16, set {argument}={MAX_12_BIT}"
    is_too_small = (
        0 < most <= expected / _FAR_BELOW and bool((before != np.rint(before)).any())
        if is_float
        else np.iinfo(before.dtype).max <= expected / _FAR_BELOW
    )
    if is_too_small:
        return (
            f"{told}: they are far below, and all become nearly the same; leave out what scales them before (ToFloat, "
            f"another Normalize), or set {argument} to what they go up to"
        )
    return None


def _after_float(leaf: Any) -> str:
    return " (1.0 is for images that ToFloat has made float)" if getattr(leaf, "max_pixel_value", None) == 1 else ""


def _of_clipping(leaf: Any, before: Array, after: Array) -> str | None:
    """Find out whether float pixels were taken for 0 to 1 and cut to that, by how many there are at the ends."""
    if before.dtype.kind != "f" or after.shape != before.shape:
        return None
    if ((before < -_CLIPPED) | (before > 1 + _CLIPPED)).mean() <= _CLIPPED:
        return None
    seen = f"{before.min():.5g} to {before.max():.5g}"
    if not np.isfinite(after).all():
        return (
            f"{type(leaf).__name__} makes NaN or infinite values of the float pixels of the first sample, {seen}; "
            "scale images to 0 to 1 before it, or leave it out"
        )
    top = 1 if after.dtype.kind == "f" else np.iinfo(after.dtype).max
    if after.min() < 0 or after.max() > top:
        return None
    at_ends = ((after == 0) | (after == top)).mean() - ((before == before.min()) | (before == before.max())).mean()
    if at_ends <= _CLIPPED:
        return None
    return (
        f"{type(leaf).__name__} takes float pixels for 0 to 1 and clips those of the first sample, {seen}: "
        f"{at_ends:.0%} more of them become black or white; scale images to 0 to 1 before it "
        "(in load(), or A.ToFloat of integers), or put it before what makes them so (A.Normalize)"
    )
