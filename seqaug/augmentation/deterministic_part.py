"""The part of a training transform that prediction must apply too: what is the same for every image."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from seqaug.augmentation.albumentations import (
    BaseCompose,
    BaseCropAndPad,
    Compose,
    ImageOnlyTransform,
    Lambda,
    Sequential,
)
from seqaug.augmentation.determinism import TRUSTED, root_of, transform_name
from seqaug.augmentation.nested import leaves
from seqaug.augmentation.preparer import Preparer
from seqaug.core.rng import global_state_kept

# By name: classes that some versions of Albumentations lack are no error.
_SCALING = ("Resize", "LongestMaxSize", "SmallestMaxSize")
_WINDOWS = ("CropNonEmptyMaskIfExists", "Pad", "PadIfNeeded")
_MIRRORS = ("HorizontalFlip", "VerticalFlip", "Transpose")
_SCALING_BY_CHANCE = ("RandomScale", "RandomResizedCrop", "RandomSizedCrop", "RandomSizedBBoxSafeCrop", "CropAndPad")
_NOISE_SIZE = (64, 64, 3)


@dataclass
class DeterministicPart:
    """What a transform does to every image alike.

    Attributes:
        of_image: transforms of the whole image, up to the last one that scales it to a size.
        of_pixels: the others, which change pixel values and no geometry.
        left_out: names of the transforms that are left out: random ones, crops and padding.
        scaling_by_chance: names of those that change the scale of objects.
        unknown: names of those whose code is the user's own.
    """

    of_image: list[Any] = field(default_factory=list)
    of_pixels: list[Any] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    scaling_by_chance: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)


def deterministic_part(transform: Any) -> DeterministicPart:
    """Separate what a transform does to every image alike from augmentation.

    Taken over, in their order: transforms of pixel values that are always applied and draw nothing (`A.Normalize`,
    `A.ToFloat`, `A.ToGray(p=1)`, your own), and `A.Resize`, `A.LongestMaxSize` and `A.SmallestMaxSize` where no crop or
    padding comes before them. Left out: what is random or applied by chance, and crops and padding, which choose the
    part of an image that a batch shows.

    Args:
        transform: an Albumentations transform or composition, or None.

    Raises:
        ValueError: it scales what it has cropped or padded, mirrors every image, or makes images float by chance.
    """
    part = DeterministicPart()
    windows: list[str] = []
    for leaf in [] if transform is None else _steps(transform):
        kind, name = type(leaf).__name__, transform_name(leaf)
        is_always = not isinstance(leaf, BaseCompose) and leaf.p >= 1
        if kind == "NoOp":
            continue
        if is_always and kind in _SCALING:
            if windows:
                raise ValueError(
                    f"the transform scales what {windows[0]} makes, by {name}: the scale of objects in whole images is "
                    f"unknown; expected {name} before {windows[0]}, or a TiledPredictor made with image_size="
                )
            part.of_image += [*part.of_pixels, leaf]
            part.of_pixels = []
        elif is_always and kind in _MIRRORS:
            raise ValueError(
                f"the transform mirrors every image, by {name} with p=1; expected p=0.5, or a transform without it"
            )
        elif is_always and _changes_pixels_alone(leaf) and not is_random(leaf):
            part.of_pixels.append(leaf)
        else:
            _leave_out(part, windows, leaf, name)
    return part


def is_random(transform: Any) -> bool:
    """Tell whether a transform is random, applied by chance, or needs masks."""
    if transform is None:
        return False
    try:
        Preparer(transform, {}, None, None, has_mask=False)
    except (ValueError, TypeError):
        return True
    return False


def _steps(transform: Any) -> Iterator[Any]:
    """Walk transforms that are applied one after another; a composition that chooses is one step."""
    if isinstance(transform, Compose | Sequential) and transform.p >= 1:
        for part in transform.transforms:
            yield from _steps(part)
    else:
        yield transform


def _changes_pixels_alone(leaf: Any) -> bool:
    if isinstance(leaf, Lambda):
        return root_of(leaf.custom_apply_fns.get("mask")) in TRUSTED
    return isinstance(leaf, ImageOnlyTransform)


def _leave_out(part: DeterministicPart, windows: list[str], step: Any, name: str) -> None:
    for leaf in leaves(step):
        kind = type(leaf).__name__
        if _makes_floats(leaf):
            raise ValueError(
                f"{transform_name(leaf)} makes images float and is random or applied by chance: what range the model "
                "expects is unknown; expected it with p=1, as the last transform"
            )
        if kind in (*_SCALING, *_SCALING_BY_CHANCE):
            part.scaling_by_chance.append(transform_name(leaf))
        if kind in (*_WINDOWS, *_SCALING_BY_CHANCE) or isinstance(leaf, BaseCropAndPad):
            windows.append(transform_name(leaf))
        if root_of(type(leaf)) not in TRUSTED or isinstance(leaf, Lambda):
            part.unknown.append(transform_name(leaf))
    part.left_out.append(name)


def _makes_floats(leaf: Any) -> bool:
    """Tell whether a transform makes uint8 images float, by trying it."""
    if not isinstance(leaf, ImageOnlyTransform | Lambda):
        return False
    alone = copy.deepcopy(leaf)
    alone.p = 1.0
    noise = np.random.default_rng(0).integers(0, 256, _NOISE_SIZE, np.uint8)
    with suppress(Exception), global_state_kept():
        made: np.ndarray[Any, Any] = Compose([alone])(image=noise)["image"]
        return bool(made.dtype.kind == "f")
    return False


def composed(transforms: list[Any]) -> Any:
    """Compose transforms; None if there are none."""
    return Compose(copy.deepcopy(transforms)) if transforms else None
