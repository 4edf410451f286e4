"""Making a user's transform safe for masks: a copy, nearest neighbour, and the ignore index in made-up pixels."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Mapping
from typing import Any

import cv2
import numpy as np

from seqaug.augmentation.albumentations import BaseCompose, BasicTransform, Compose, Lambda
from seqaug.augmentation.class_crop import ClassCrop
from seqaug.augmentation.made_up import LabelMadeUp, MoveNumbers, fill_arguments, leave_alone
from seqaug.augmentation.reach import leaves, reached
from seqaug.augmentation.trial import Trial, moves_alike, try_on_masks
from seqaug.augmentation.values import POSITIONS, ValueMaps
from seqaug.core.user_warnings import warn_user

_NEAREST = (cv2.INTER_NEAREST, cv2.INTER_NEAREST_EXACT)
# Whose transforms do as they were seen to do; of others, one more look at each mask is taken.
_TRUSTED = ("albumentations", "seqaug")


def prepare(
    transform: Any,
    additional_targets: Mapping[str, str],
    ignore_index: int | None,
    *,
    has_mask: bool = True,
    values: ValueMaps | None = None,
) -> Any:
    """Copy a transform into a composition that keeps masks right; the original is not changed.

    Every resampling of masks becomes nearest neighbour, with a warning where it was asked to be another. What each
    transform does to masks is found by trying it on small ones: where it makes up pixels, they become `ignore_index`,
    and without one a warning names it; where it changes labels, a warning names it too. A `ClassCrop` learns which
    label is no class.

    Args:
        transform: an Albumentations transform or composition.
        additional_targets: names of further arrays of a sample, and what they are, as for `Augmenter`.
        ignore_index: the label of made-up pixels, or None.
        has_mask: whether samples have a "mask".
        values: the targets that are maps of numbers; None: of what is in `additional_targets`, without fills.

    Returns:
        An `albumentations.Compose`. In the place of maps of numbers, it takes what `ValueMaps.packed` makes of them.

    Raises:
        TypeError: the transform is not Albumentations', or cannot be copied.
        ValueError: the composition already gives one of the targets another meaning, or a `ClassCrop` another
            `ignore_index`; a transform needs a mask where there is none; or it makes up pixels of a map for which there
            is no fill, or does not move maps.
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
    if values is None:
        values = ValueMaps(additional_targets)
    targets = _composition_targets(additional_targets, values)
    _check_meanings(prepared, additional_targets, targets)
    # Those that are held in attributes have not been told by the composition.
    parts = reached(prepared)
    for part in parts:
        part.add_targets(targets)
    has_masks = has_mask or "mask" in targets.values()
    every_leaf = [leaf for part in parts for leaf in leaves(part)]
    for leaf in every_leaf:
        if not has_mask and "mask" in leaf.targets_as_params:
            raise ValueError(
                f"{type(leaf).__name__} looks at a mask, and the samples have none; expected transforms of images alone"
            )
        if not has_masks:
            continue
        _keep_nearest(leaf)
        if ignore_index is not None:
            if isinstance(leaf, ClassCrop):
                _tell_ignored(leaf, ignore_index)
            for name in fill_arguments(leaf):
                setattr(leaf, name, ignore_index)
    # Those that hold others do what these do, which are as they will be by now.
    for leaf in every_leaf if has_masks else ():
        # What the function of a Lambda does to masks is the user's own choice.
        if "mask" in leaf.available_keys and (values or not isinstance(leaf, Lambda)):
            _look_at(leaf, ignore_index, values, labels_masks=has_mask or "mask" in additional_targets.values())
    return prepared


def always(transform: Any) -> None:
    """Have a composition, and all that is in it, applied at every call."""
    transform.p = 1.0
    for part in transform.transforms if isinstance(transform, BaseCompose) else ():
        always(part)


def _composition_targets(additional_targets: Mapping[str, str], values: ValueMaps) -> dict[str, str]:
    """Say what a composition is to take the arrays for that it is given."""
    targets = {name: kind for name, kind in additional_targets.items() if name not in values.names}
    if values:
        # Maps are moved as masks are: no transform of pixel values touches them.
        targets |= dict.fromkeys((*values.blended, POSITIONS), "mask")
    return targets


def _check_meanings(prepared: Any, additional_targets: Mapping[str, str], targets: Mapping[str, str]) -> None:
    for name, meaning in targets.items():
        given = prepared.additional_targets.get(name, meaning)
        if given != meaning:
            raise ValueError(
                f"the composition's additional_targets say that {name!r} is {given!r}, and the sequence's "
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


def _tell_ignored(crop: ClassCrop, ignore_index: int) -> None:
    if crop.ignore_index not in (None, ignore_index):
        raise ValueError(
            f"ClassCrop(ignore_index={crop.ignore_index}) and the sequence's ignore_index={ignore_index}; leave it out "
            "of ClassCrop, which then takes the sequence's"
        )
    crop.ignore_index = ignore_index


def _look_at(leaf: Any, ignore_index: int | None, values: ValueMaps, *, labels_masks: bool) -> None:
    """Try a transform on masks, and see to what it does to them."""
    trial = try_on_masks(leaf, np.uint8 if ignore_index is None or ignore_index <= 255 else np.uint16)
    is_trusted = type(leaf).__module__.partition(".")[0] in _TRUSTED
    if labels_masks and not isinstance(leaf, Lambda):
        if trial.changes_labels:
            _warn_of_changes(leaf)
        elif ignore_index is None:
            _warn_of_made_up(leaf, trial.made_up)
        elif trial.made_up - {ignore_index} or (trial.was_tried and not is_trusted and not fill_arguments(leaf)):
            _label_made_up(leaf, ignore_index)
    if values:
        _move_values(leaf, trial, values, is_trusted=is_trusted)


def _warn_of_changes(leaf: Any) -> None:
    name = type(leaf).__name__
    warn_user(
        f"{name} changes labels of masks, and does not only move them: it computes with class ids as with pixel "
        "values (tried on small masks); leave it out, or do it to images alone, as A.Lambda(image=function) does; in a "
        "transform of your own, let apply_to_mask resample by nearest neighbour, or give the mask back as it is"
    )


def _warn_of_made_up(leaf: Any, made_up: frozenset[int]) -> None:
    fills = fill_arguments(leaf)
    chosen = [np.ravel(getattr(leaf, name)).tolist() for name in fills if _is_chosen(leaf, name)]
    labels = sorted(made_up.difference(*chosen))
    if not labels:
        return
    takes_tuples = [name for name in fills if "tuple" in str(_argument(leaf, name).annotation)]
    meant = f", or say {takes_tuples[0]}=(0,) if 0 is what you mean" if takes_tuples else ""
    warn_user(
        f"{type(leaf).__name__} can make up pixels of a mask (corners, padding) and labels them "
        f"{', '.join(map(str, labels))}, which is a class of most datasets; set ignore_index (255, say, and the same "
        f"ignore_class in the loss) and they get that label, or choose another border_mode{meant}"
    )


def _is_chosen(leaf: Any, name: str) -> bool:
    """Tell whether a fill was the user's choice: a plain 0 may be, but it is the default of most transforms."""
    fill = getattr(leaf, name)
    if np.any(fill) or isinstance(fill, tuple):
        return True
    # With None, which is their default, transforms leave masks alone; but a ClassCrop takes it for 0.
    return _argument(leaf, name).default is None and not isinstance(leaf, ClassCrop)


def _argument(leaf: Any, name: str) -> inspect.Parameter:
    arguments = inspect.signature(type(leaf).__init__).parameters
    return arguments.get(name, inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY))


def _label_made_up(leaf: Any, label: int) -> None:
    for name in _mask_keys(leaf):
        leaf._key2func[name] = LabelMadeUp(leaf._key2func[name], label)


def _mask_keys(leaf: Any) -> list[str]:
    return ["mask", *(name for name, meaning in leaf._additional_targets.items() if meaning == "mask")]


def _move_values(leaf: Any, trial: Trial, values: ValueMaps, *, is_trusted: bool) -> None:
    name = type(leaf).__name__
    if values.unfilled and trial.made_up and not trial.changes_labels:
        raise ValueError(
            f"{name} can make up pixels (corners, padding), and nothing says what they are in {values.unfilled[0]!r}; "
            'expected value_fill=, such as value_fill=0 or float("nan"), or one for each map, as {name: number}; or '
            "another border_mode"
        )
    # The function itself, as it is before ignored pixels are marked.
    function = leaf.targets["mask"]
    for key in (*values.blended, POSITIONS):
        leaf._key2func[key] = (
            leave_alone
            if trial.changes_labels
            else MoveNumbers(
                leaf,
                function,
                interpolation=cv2.INTER_LINEAR if key in values.blended else None,
                fills=trial.obeys_fill and (is_trusted or bool(trial.made_up)),
                takes_channels=trial.takes_channels,
            )
        )
    if trial.was_tried and not is_trusted and not trial.changes_labels and not moves_alike(leaf, POSITIONS):
        raise ValueError(
            f"{name} moves masks, and not {values.names[0]!r}; expected apply_to_mask, through which additional "
            "targets go, and not an apply_with_params of its own"
        )
