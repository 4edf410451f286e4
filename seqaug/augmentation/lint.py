"""A linter for transforms: finds parts that have no effect, or that do harm.

Transforms are judged by what they do, where possible, and not by name: each part is applied alone, with p=1, to noise
of the size and dtype that would reach it.
"""

from __future__ import annotations

import copy
import warnings
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import numpy as np

from seqaug.augmentation.albumentations import (
    BaseCompose,
    Compose,
    CropSizeError,
    ImageOnlyTransform,
    Normalize,
    PadIfNeeded,
    Sequential,
    ToFloat,
)
from seqaug.augmentation.mask_safety import make_mask_safe
from seqaug.augmentation.mixing.base import is_mixing
from seqaug.augmentation.nested import nested_transforms, set_random_state
from seqaug.core.rng import sample_generators
from seqaug.errors import SeqaugWarning

Array = np.ndarray[Any, Any]
Noise = dict[str, Array]

_TRIES = 3


def lint_transform(
    transform: Any,
    image_size: tuple[int, int],
    ignore_index: int | None,
    *,
    num_channels: int = 3,
    dtype: Any = np.uint8,
    has_mask: bool = True,
) -> list[str]:
    """List the problems of a transform.

    Args:
        transform: an Albumentations transform or composition; it is not changed.
        image_size: (height, width) of the input images.
        ignore_index: the label that losses skip, or None.
        num_channels: the number of channels of the images.
        dtype: the dtype of the images: uint8, uint16 or float32.
        has_mask: whether the samples have masks.

    Returns:
        A sentence or two per problem, in the order of the transforms: the warnings of `SegmentationSequence`
        (interpolated masks, changed labels, filled pixels without an `ignore_index`), and transforms that are never
        applied or change nothing, crops larger than the images, and pixel values that are scaled twice, too early, or
        clipped. Empty if there are none.

    Raises:
        TypeError, ValueError: see `seqaug.augmentation.mask_safety.make_mask_safe`.
    """
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        mask_safe = make_mask_safe(transform, {}, ignore_index, has_mask=has_mask)
    found = [str(warning.message) for warning in caught if issubclass(warning.category, SeqaugWarning)]
    linter = _Linter()
    linter.walk(mask_safe, _noise(image_size, num_channels, np.dtype(dtype)))
    return list(dict.fromkeys(found + linter.found))


def _noise(size: tuple[int, int], channels: int, dtype: np.dtype[Any]) -> Noise:
    generator, _ = sample_generators(0, 0, 0)
    values = generator.random((*size, channels), np.float32)
    if dtype.kind == "u":
        values = (values * np.iinfo(dtype).max).astype(dtype)
    return {"image": values, "mask": generator.integers(0, 2, size, np.uint8)}


class _Linter:
    """Walks through a composition with noise."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self._normalized_by: str | None = None
        self._has_padded = False

    def walk(self, part: Any, noise: Noise) -> Noise:
        """Apply a part to its input, and give its output, or the input where the part may be skipped."""
        name = type(part).__name__
        if part.p == 0:
            self.found.append(f"{name} has p=0 and is never applied; leave it out")
            return noise
        if isinstance(part, Compose | Sequential):
            result = noise
            for inner in part.transforms:
                result = self.walk(inner, result)
        elif isinstance(part, BaseCompose):
            # A random one of them is applied: each gets the input of all.
            results = [self.walk(inner, noise) for inner in part.transforms]
            result = results[0]
        else:
            result = self._leaf(name, part, noise)
        return result if part.p == 1 else noise

    def _leaf(self, name: str, leaf: Any, noise: Noise) -> Noise:
        height, width, channels = noise["image"].shape
        is_float = noise["image"].dtype.kind == "f"
        if isinstance(leaf, Normalize | ToFloat) and is_float:
            self.found.append(self._scaled_twice(name, leaf))
        elif isinstance(leaf, ToFloat) and noise["image"].dtype == np.uint8:
            self.found.append(
                "ToFloat does what the sequence's rescale does when it writes the batch, and makes all later transforms"
                " slower than on uint8; leave it out"
            )
        result: Any = noise
        try:
            for result in _tries(leaf, noise):
                if not _same(result, noise):
                    break
            else:
                # What a transform does that mixes samples depends on the other sample.
                is_known = isinstance(leaf, ToFloat | PadIfNeeded) or is_mixing(leaf)
                if not is_known and not self._is_for_other_sizes(leaf, height, width):
                    self.found.append(f"{name} has no effect on images of {height}x{width}x{channels} as it is set")
        except CropSizeError as error:
            self.found.append(
                f"{name} cuts more than the {height}x{width} pixels that reach it ({error}); cut less, or put "
                "A.PadIfNeeded before it, or set pad_if_needed=True"
            )
            return noise
        except Exception:  # it needs other pixels, or more than an image and a mask: the sequence reports it
            return noise
        if not isinstance(result["image"], np.ndarray) or not isinstance(result["mask"], np.ndarray):
            self.found.append(f"{name} makes tensors, which Keras does not take; leave it out")
            return noise
        self._look_for_clipping(name, leaf, noise["image"], result["image"])
        if isinstance(leaf, Normalize):
            self._normalized_by = name
        self._has_padded = self._has_padded or isinstance(leaf, PadIfNeeded)
        return {name: result[name] for name in noise}

    def _is_for_other_sizes(self, leaf: Any, height: int, width: int) -> bool:
        """Tell whether a crop brings images to one size after the small ones were padded."""
        return self._has_padded and (getattr(leaf, "height", 0), getattr(leaf, "width", 0)) == (height, width)

    def _scaled_twice(self, name: str, leaf: Any) -> str:
        before = self._normalized_by
        if isinstance(leaf, ToFloat):
            return f"ToFloat has no effect after {before or 'a transform'} has made the image float; leave it out"
        if before is not None:
            return f"{name} is applied twice: the second one normalizes the output of the first; leave one out"
        divisor = leaf.max_pixel_value
        return (
            f"{name} expects pixels of 0 to {divisor:g} (max_pixel_value) and gets floats, mostly 0 to 1, which all "
            "become nearly equal; leave out the ToFloat before it"
        )

    def _look_for_clipping(self, name: str, leaf: Any, before: Array, after: Array) -> None:
        if (
            isinstance(leaf, ImageOnlyTransform)
            and not isinstance(leaf, Normalize)
            and before.dtype.kind == "f"
            and (before.min() < 0 or before.max() > 1)
            and after.min() >= 0
            and after.max() <= 1
        ):
            self.found.append(
                f"{name} expects float pixels of 0 to 1 and clips the output of "
                f"{self._normalized_by or 'a transform'}; put it before that"
            )


def _tries(leaf: Any, noise: Noise) -> Iterator[Any]:
    alone = copy.deepcopy(leaf)
    alone.p = 1.0
    composition = Compose([alone])
    transforms = nested_transforms(composition)
    for attempt in range(_TRIES):
        set_random_state(transforms, sample_generators(0, 0, attempt))
        yield composition(**{name: pixels.copy() for name, pixels in noise.items()})


def _same(one: Any, other: Noise) -> bool:
    with suppress(Exception):
        return all(one[name].dtype == other[name].dtype and np.array_equal(one[name], other[name]) for name in other)
    return False
