"""Makes a user's transform safe for masks: nearest neighbour, and the ignore index in filled pixels."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Mapping
from typing import Any

import cv2
import numpy as np

from seqaug.augmentation.albumentations import BaseCompose, BasicTransform, Compose, Lambda, Mosaic
from seqaug.augmentation.class_crop import ClassCrop
from seqaug.augmentation.filled_pixels import LabelFilled, MoveValues, fill_arguments, keep
from seqaug.augmentation.mask_probe import MaskProbe, moves_like_labels, probe_masks, probe_mixing
from seqaug.augmentation.mixing.base import check_known_keys, is_mixing
from seqaug.augmentation.mixing.handover import hand_over_partners
from seqaug.augmentation.mixing.labels import FILLED_SOURCE, SOURCES, mixes_labels
from seqaug.augmentation.mixing.mixup import MixUp, no_average
from seqaug.augmentation.mixing.mosaic import with_all_targets
from seqaug.augmentation.nested import leaves, nested_transforms
from seqaug.augmentation.value_maps import POSITIONS, ValueMaps
from seqaug.core.user_warnings import warn_user

_NEAREST = (cv2.INTER_NEAREST, cv2.INTER_NEAREST_EXACT)
# Packages whose transforms always behave as when probed; results of others are checked at every call.
_TRUSTED = ("albumentations", "seqaug")


def make_mask_safe(
    transform: Any,
    additional_targets: Mapping[str, str],
    ignore_index: int | None,
    *,
    has_mask: bool = True,
    values: ValueMaps | None = None,
    overlapping: int | None = None,
) -> Any:
    """Copy a transform into a composition that keeps masks correct; the original is not changed.

    Masks are resampled by nearest neighbour only, with a warning where the transform says otherwise. What each
    transform does to masks is found by probing it on small ones: pixels that it fills become `ignore_index`; without
    one, a warning names the transform, as for transforms that change labels. A `ClassCrop` gets the `ignore_index`.
    Transforms that mix samples get these handed over; without masks, a mask of `SOURCES` goes with an image whose label
    they mix.

    Args:
        transform: an Albumentations transform or composition.
        additional_targets: the kinds of further arrays of a sample, by name, as for `Augmenter`.
        ignore_index: the label of filled pixels, or None.
        has_mask: whether samples have a "mask".
        overlapping: the number of classes whose bits masks hold, for a `ClassCrop`; None: a pixel has one label.
        values: the value maps among the targets; None: those in `additional_targets`, without fills.

    Returns:
        An `albumentations.Compose`. Instead of value maps, it takes the arrays of `ValueMaps.pack`.

    Raises:
        TypeError: the transform is not Albumentations', or cannot be copied.
        ValueError: the composition gives a target another kind, or a `ClassCrop` another `ignore_index`; a transform
            needs a mask where there is none; or it fills pixels of a value map without `value_fill`, or does not move
            value maps.
    """
    if not isinstance(transform, BasicTransform | BaseCompose):
        raise TypeError(
            f"transform={transform!r} ({type(transform).__name__}); expected an Albumentations transform or "
            "composition, such as A.Compose([A.HorizontalFlip()]), or None; A.Lambda wraps functions of your own"
        )
    if isinstance(transform, BasicTransform) and not hasattr(transform, "_available_keys"):
        raise TypeError(f"{type(transform).__name__}.__init__ does not call super().__init__(p=...), as it must")
    try:
        mask_safe = copy.deepcopy(transform)
    except Exception as error:
        raise TypeError(
            f"the transform {type(transform).__name__} cannot be copied ({error}); expected one that can, as each "
            "thread needs its own copy"
        ) from error
    if not isinstance(mask_safe, Compose):
        mask_safe = Compose([mask_safe])
    if values is None:
        values = ValueMaps(additional_targets)
    targets = _composition_targets(additional_targets, values)
    _check_meanings(mask_safe, additional_targets, targets)
    # The composition does not pass its targets on to transforms in attributes.
    parts = nested_transforms(mask_safe)
    every_leaf = [leaf for part in parts for leaf in leaves(part)]
    if not has_mask and any(map(mixes_labels, every_leaf)):
        targets[SOURCES], ignore_index = "mask", FILLED_SOURCE
    for part in parts:
        part.add_targets(targets)
    has_masks = has_mask or "mask" in targets.values()
    hand_over_partners(every_leaf, values)
    if has_mask:
        for leaf in every_leaf:
            _refuse_average(leaf)
    known = {"image", "mask", "class_id", *targets}
    for leaf in leaves(mask_safe):
        check_known_keys(leaf, known)
    for leaf in every_leaf:
        if is_mixing(leaf):
            with_all_targets(leaf, list(targets))
        if not has_mask and "mask" in leaf.targets_as_params:
            raise ValueError(
                f"{type(leaf).__name__} needs a mask, and the samples have none; expected transforms of images only"
            )
        if not has_masks:
            continue
        _keep_nearest(leaf)
        if ignore_index is not None:
            if isinstance(leaf, ClassCrop) or (is_mixing(leaf) and hasattr(leaf, "ignore_index")):
                if overlapping is not None and is_mixing(leaf):
                    raise ValueError(
                        f"{type(leaf).__name__} works with one label a pixel, and masks of several classes a pixel "
                        '(mask_encoding="multi_label") have none; expected transforms that only move masks'
                    )
                _set_ignore_index(leaf, ignore_index)
            if isinstance(leaf, ClassCrop):
                leaf.overlapping = overlapping
            for name in fill_arguments(leaf):
                setattr(leaf, name, ignore_index)
    # After all leaves have their settings: transforms that hold others behave as these do.
    for leaf in every_leaf if has_masks else ():
        if is_mixing(leaf):
            _check_mixing(leaf, ignore_index, values, labels_masks=has_mask or "mask" in additional_targets.values())
            continue
        # What a Lambda's function does to masks is the user's choice.
        if "mask" in leaf.available_keys and (values or not isinstance(leaf, Lambda)):
            _make_safe(leaf, ignore_index, values, labels_masks=has_mask or "mask" in additional_targets.values())
    return mask_safe


def apply_always(transform: Any) -> None:
    """Set p=1 for a composition and all that is in it."""
    transform.p = 1.0
    for part in transform.transforms if isinstance(transform, BaseCompose) else ():
        apply_always(part)


def _composition_targets(additional_targets: Mapping[str, str], values: ValueMaps) -> dict[str, str]:
    """Give the kinds of the arrays, as Albumentations has them, by name."""
    targets = {name: kind for name, kind in additional_targets.items() if name not in values.names}
    if values:
        # Value maps move as masks do: no transform of pixel values touches them.
        targets |= dict.fromkeys((*values.interpolated, POSITIONS), "mask")
    return targets


def _check_meanings(mask_safe: Any, additional_targets: Mapping[str, str], targets: Mapping[str, str]) -> None:
    for name, meaning in targets.items():
        given = mask_safe.additional_targets.get(name, meaning)
        if given != meaning:
            raise ValueError(
                f"the composition's additional_targets say that {name!r} is {given!r}, and the sequence's say "
                f"{additional_targets[name]!r}; leave it out of the composition, which then takes the sequence's"
            )


def _keep_nearest(leaf: Any) -> None:
    name = type(leaf).__name__
    asked = getattr(leaf, "mask_interpolation", cv2.INTER_NEAREST)
    if asked not in _NEAREST:
        warn_user(
            f"{name}(mask_interpolation={asked}) would average class ids into others; masks are resampled by "
            "cv2.INTER_NEAREST instead"
        )
        leaf.mask_interpolation = cv2.INTER_NEAREST
    if getattr(leaf, "area_for_downscale", None) == "image_mask":
        warn_user(
            f'{name}(area_for_downscale="image_mask") would average class ids into others; masks are resampled by '
            'cv2.INTER_NEAREST instead, as area_for_downscale="image" does'
        )
        leaf.area_for_downscale = "image"


def _set_ignore_index(leaf: Any, ignore_index: int) -> None:
    name = type(leaf).__name__
    if leaf.ignore_index not in (None, ignore_index):
        raise ValueError(
            f"{name}(ignore_index={leaf.ignore_index}) and the sequence's ignore_index={ignore_index}; leave it out "
            f"of {name}, which then takes the sequence's"
        )
    leaf.ignore_index = ignore_index


def _refuse_average(leaf: Any) -> None:
    if isinstance(leaf, MixUp):
        raise ValueError(no_average(type(leaf).__name__))


def _check_mixing(leaf: Any, ignore_index: int | None, values: ValueMaps, *, labels_masks: bool) -> None:
    """Warn of what a transform that mixes samples does to masks; those of this package only copy and move labels."""
    is_trusted = type(leaf).__module__.partition(".")[0] in _TRUSTED
    filled = frozenset({0}) if isinstance(leaf, Mosaic) and leaf.fit_mode == "contain" else frozenset[int]()
    if not is_trusted:
        filled, changes_labels = probe_mixing(leaf)
        if changes_labels and labels_masks:
            _warn_of_changes(leaf)
    if labels_masks and ignore_index is None:
        _warn_of_filled(leaf, filled)
    elif labels_masks and filled - {ignore_index} and not isinstance(leaf, Mosaic):
        warn_user(
            f"{type(leaf).__name__} can fill pixels of a mask and labels them {', '.join(map(str, sorted(filled)))} "
            f"instead of ignore_index={ignore_index}; expected a class with an argument fill_mask, with which it fills "
            "them: the sequence sets it"
        )
    if filled:
        _refuse_unfilled(leaf, values)


def _refuse_unfilled(leaf: Any, values: ValueMaps) -> None:
    if values.unfilled:
        raise ValueError(
            f"{type(leaf).__name__} can fill pixels (corners, padding), and no value_fill says with what in "
            f'{values.unfilled[0]!r}; expected value_fill=, such as value_fill=0 or float("nan"), or one for each map, '
            "as {name: number}; or another border_mode"
        )


def _make_safe(leaf: Any, ignore_index: int | None, values: ValueMaps, *, labels_masks: bool) -> None:
    """Probe a transform on masks, and correct or warn of what it does to them."""
    probe = probe_masks(leaf, np.uint8 if ignore_index is None or ignore_index <= 255 else np.uint16)
    is_trusted = type(leaf).__module__.partition(".")[0] in _TRUSTED
    if labels_masks and not isinstance(leaf, Lambda):
        if probe.changes_labels:
            _warn_of_changes(leaf)
        elif ignore_index is None:
            _warn_of_filled(leaf, probe.filled)
        elif probe.filled - {ignore_index} or (probe.was_tried and not is_trusted and not fill_arguments(leaf)):
            _label_filled(leaf, ignore_index)
    if values:
        _move_values(leaf, probe, values, is_trusted=is_trusted)


def _warn_of_changes(leaf: Any) -> None:
    name = type(leaf).__name__
    warn_user(
        f"{name} changes the labels of masks instead of only moving them: it computes with class ids as with pixel "
        "values (tried on small masks); leave it out, or apply it to images only, as A.Lambda(image=function) does; in "
        "a transform of your own, let apply_to_mask resample by nearest neighbour, or return the mask unchanged"
    )


def _warn_of_filled(leaf: Any, filled: frozenset[int]) -> None:
    fills = fill_arguments(leaf)
    chosen = [np.ravel(getattr(leaf, name)).tolist() for name in fills if _is_chosen(leaf, name)]
    labels = sorted(filled.difference(*chosen))
    if not labels:
        return
    takes_tuples = [name for name in fills if "tuple" in str(_argument(leaf, name).annotation)]
    intended = f", or give {takes_tuples[0]}=(0,) if 0 is intended" if takes_tuples else ""
    warn_user(
        f"{type(leaf).__name__} can fill pixels of a mask (corners, padding) and labels them "
        f"{', '.join(map(str, labels))}, which is a class of most data sets; set ignore_index (such as 255, and the "
        f"same ignore_class in the loss) to label them so, or choose another border_mode{intended}"
    )


def _is_chosen(leaf: Any, name: str) -> bool:
    """Tell whether the user chose a fill; a plain 0 does not count, as it is the default of most transforms."""
    fill = getattr(leaf, name)
    if np.any(fill) or isinstance(fill, tuple):
        return True
    # None, the default, means no fill of masks; but a ClassCrop takes it for 0.
    return _argument(leaf, name).default is None and not isinstance(leaf, ClassCrop)


def _argument(leaf: Any, name: str) -> inspect.Parameter:
    arguments = inspect.signature(type(leaf).__init__).parameters
    return arguments.get(name, inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY))


def _label_filled(leaf: Any, label: int) -> None:
    for name in _mask_keys(leaf):
        leaf._key2func[name] = LabelFilled(leaf._key2func[name], label)


def _mask_keys(leaf: Any) -> list[str]:
    return ["mask", *(name for name, meaning in leaf._additional_targets.items() if meaning == "mask")]


def _move_values(leaf: Any, probe: MaskProbe, values: ValueMaps, *, is_trusted: bool) -> None:
    name = type(leaf).__name__
    if probe.filled and not probe.changes_labels:
        _refuse_unfilled(leaf, values)
    # The original function, without the label of filled pixels.
    function = leaf.targets["mask"]
    for key in (*values.interpolated, POSITIONS):
        leaf._key2func[key] = (
            keep
            if probe.changes_labels
            else MoveValues(
                leaf,
                function,
                interpolation=cv2.INTER_LINEAR if key in values.interpolated else None,
                fills=probe.obeys_fill and (is_trusted or bool(probe.filled)),
                takes_channels=probe.takes_channels,
            )
        )
    if probe.was_tried and not is_trusted and not probe.changes_labels and not moves_like_labels(leaf, POSITIONS):
        raise ValueError(
            f"{name} moves masks, but not {values.names[0]!r}; expected apply_to_mask, which additional targets go "
            "through, instead of its own apply_with_params"
        )
