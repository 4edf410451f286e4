"""Making a user's transform safe for masks: a copy, nearest neighbour, and the ignore index in made-up pixels."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import cv2
import numpy as np

from seqaug.augmentation.albumentations import BaseCompose, BasicTransform, Compose
from seqaug.augmentation.class_crop import ClassCrop

_NEAREST = (cv2.INTER_NEAREST, cv2.INTER_NEAREST_EXACT)
# Transforms that leave made-up pixels 0 and have no argument for another label.
_WITHOUT_FILL_ARGUMENT = frozenset({"GridElasticDeform"})


def prepare(
    transform: Any, additional_targets: Mapping[str, str], ignore_index: int | None, *, has_mask: bool = True
) -> Any:
    """Copy a transform into a composition that keeps masks right; the original is not changed.

    Every resampling of masks becomes nearest neighbour, with a warning where it was asked to be another. Where a
    transform makes up pixels of a mask, they become `ignore_index`; without one, a warning names the transform.
    A `ClassCrop` learns which label is no class.

    Args:
        transform: an Albumentations transform or composition.
        additional_targets: names of further arrays of a sample, and whether they are "image" or "mask".
        ignore_index: the label of made-up pixels, or None.
        has_mask: whether samples have a "mask".

    Returns:
        An `albumentations.Compose`.

    Raises:
        TypeError: the transform is not Albumentations', or cannot be copied.
        ValueError: the composition already gives one of the targets another meaning, or a `ClassCrop` another
            `ignore_index`; or a transform needs a mask where there is none.
    """
    if not isinstance(transform, BasicTransform | BaseCompose):
        raise TypeError(
            f"transform={transform!r} ({type(transform).__name__}); expected an Albumentations transform or "
            "composition, such as A.Compose([A.HorizontalFlip()]), or None; A.Lambda wraps functions of your own"
        )
    try:
        prepared = copy.deepcopy(transform)
    except Exception as error:
        raise TypeError(
            f"the transform {type(transform).__name__} cannot be copied ({error}); each thread needs a copy of its own"
        ) from error
    if not isinstance(prepared, Compose):
        prepared = Compose([prepared])
    prepared.add_targets(dict(additional_targets))
    has_masks = has_mask or "mask" in additional_targets.values()
    for leaf in leaves(prepared):
        if not has_mask and "mask" in leaf.targets_as_params:
            raise ValueError(
                f"{type(leaf).__name__} looks at a mask, and the samples have none; expected transforms of images alone"
            )
        if not has_masks:
            continue
        _keep_nearest(leaf)
        if isinstance(leaf, ClassCrop) and ignore_index is not None:
            _tell_ignored(leaf, ignore_index)
        if _makes_up_pixels(leaf):
            if ignore_index is None:
                _warn_of_fill(leaf)
            else:
                _fill_with(leaf, ignore_index)
    return prepared


def leaves(transform: Any) -> Iterator[Any]:
    """Walk the single transforms of a composition."""
    if isinstance(transform, BaseCompose):
        for part in transform.transforms:
            yield from leaves(part)
    else:
        yield transform


def always(transform: Any) -> None:
    """Have a composition, and all that is in it, applied at every call."""
    transform.p = 1.0
    for part in transform.transforms if isinstance(transform, BaseCompose) else ():
        always(part)


def _keep_nearest(leaf: Any) -> None:
    asked = getattr(leaf, "mask_interpolation", cv2.INTER_NEAREST)
    if asked not in _NEAREST:
        warnings.warn(
            f"{type(leaf).__name__}(mask_interpolation={asked}) would average class ids into others; masks are "
            "resampled by cv2.INTER_NEAREST instead",
            stacklevel=2,
        )
        leaf.mask_interpolation = cv2.INTER_NEAREST


def _tell_ignored(crop: ClassCrop, ignore_index: int) -> None:
    if crop.ignore_index not in (None, ignore_index):
        raise ValueError(
            f"ClassCrop(ignore_index={crop.ignore_index}) and the sequence's ignore_index={ignore_index}; leave it out "
            "of ClassCrop, which then takes the sequence's"
        )
    crop.ignore_index = ignore_index


def _makes_up_pixels(leaf: Any) -> bool:
    if type(leaf).__name__ in _WITHOUT_FILL_ARGUMENT or getattr(leaf, "mask_drop_value", None) is not None:
        return True
    return (
        getattr(leaf, "fill_mask", None) is not None
        and getattr(leaf, "border_mode", cv2.BORDER_CONSTANT) == cv2.BORDER_CONSTANT
        and getattr(leaf, "pad_if_needed", True)
        and not getattr(leaf, "crop_border", False)
        and not (type(leaf).__name__ == "CropAndPad" and _only_crops(leaf))
    )


def _only_crops(crop_and_pad: Any) -> bool:
    amounts = crop_and_pad.px if crop_and_pad.px is not None else crop_and_pad.percent
    return bool(np.max(np.hstack([amounts] if np.isscalar(amounts) else amounts)) <= 0)


def _warn_of_fill(leaf: Any) -> None:
    # Another fill than the default 0 was chosen by the user.
    if np.any(getattr(leaf, "fill_mask", 0)) or np.any(getattr(leaf, "mask_drop_value", 0)):
        return
    warnings.warn(
        f"{type(leaf).__name__} can make up pixels of a mask (corners, padding) and labels them 0, which is a class of "
        "most datasets; set ignore_index (255, say, and the same ignore_class in the loss) and they get that label, "
        "or choose another border_mode",
        stacklevel=2,
    )


def _fill_with(leaf: Any, label: int) -> None:
    if type(leaf).__name__ in _WITHOUT_FILL_ARGUMENT:
        for target, meaning in {"mask": "mask", **leaf._additional_targets}.items():
            if meaning == "mask":
                leaf._key2func[target] = _LabelMadeUp(leaf._key2func[target], label)
    elif hasattr(leaf, "fill_mask"):
        leaf.fill_mask = label
    else:
        leaf.mask_drop_value = label


class _LabelMadeUp:
    """A transform's function for masks that labels the pixels which the transform made up.

    They are found by transforming a mask of ones the same way: where it becomes 0, nothing was there before.
    """

    def __init__(self, function: Callable[..., np.ndarray[Any, Any]], label: int) -> None:
        self._function = function
        self._label = label

    def __call__(self, mask: np.ndarray[Any, Any], **params: Any) -> np.ndarray[Any, Any]:
        transformed = self._function(mask, **params)
        transformed[self._function(np.ones_like(mask), **params) == 0] = self._label
        return transformed
