"""Trying a transform on small masks, to see what it does to them; its name says nothing here."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from seqaug.augmentation.albumentations import BasicTransform, CropSizeError
from seqaug.augmentation.made_up import LABELS, fill_arguments, filled_with
from seqaug.augmentation.reach import reached, set_random_state
from seqaug.augmentation.repeating import global_state_kept
from seqaug.core.rng import sample_generators

Array = np.ndarray[Any, Any]

# (height, width) of masks, and how many draws are tried on each; tiny ones are for what pads, and none is square.
_SIZES = (((40, 33), 4), ((5, 7), 2), ((120, 128), 2))
# For crops that are larger than those, one after the other.
_LARGER_SIZES = (300, 320), (600, 640), (1100, 1200), (2100, 2200), (4200, 4300)
# Draws that are tried on noise as well.
_DRAWS_ON_NOISE = 4
# A label that nothing else makes.
_FILL = 201
# What a transform may want of an image: channels and dtype.
_IMAGES = ((3, np.uint8), (1, np.uint8), (3, np.float32))


class Trial(NamedTuple):
    """What a transform did to masks.

    Attributes:
        was_tried: whether it could be applied at all.
        made_up: the labels that it gave to pixels of its own making.
        obeys_fill: whether all of them follow `fill_mask`, if there is one, as it is when a mask is transformed.
        changes_labels: whether it does more than move pixels. What only moves them gives, for a relabelled mask, the
            relabelled result; what averages labels, compares them or computes with them does not.
        takes_channels: whether it can be given masks of several channels, (H, W, C).
    """

    was_tried: bool
    made_up: frozenset[int]
    obeys_fill: bool
    changes_labels: bool
    takes_channels: bool


def try_on_masks(leaf: Any, dtype: Any = np.uint8) -> Trial:
    """Apply a single transform to small masks of several sizes, whatever its probability is.

    A copy is applied, and the global random state and warnings are as they were afterwards.

    Args:
        leaf: a transform that knows the target "mask"; it is not changed.
        dtype: of the masks, uint8 or uint16.
    """
    made_up: set[int] = set()
    changes, takes_channels, tried = False, True, 0
    obeys = bool(fill_arguments(leaf))
    with _nothing_left_behind():
        for application in _applications(copy.deepcopy(leaf)):
            try:
                one, other = (application.to(np.full(application.size, label, dtype)) for label in LABELS)
                invented = one == other
                if tried < _DRAWS_ON_NOISE:
                    invented, agrees = _looked_at_with_noise(application, invented, one)
                    changes = changes or not agrees
                    takes_channels = takes_channels and _takes_channels(application, one)
                made_up.update(np.unique(one[invented]).tolist())
                obeys = obeys and bool((application.filled_with(_FILL)[invented] == _FILL).all())
            except Exception:  # what is no mask afterwards is an error of its own, when the first sample is made
                continue
            tried += 1
            if made_up and tried >= _DRAWS_ON_NOISE:
                break
    return Trial(tried > 0, frozenset(made_up), obeys, changes, takes_channels)


class _Application:
    """A transform whose parameters have been drawn."""

    def __init__(self, leaf: Any, params: dict[str, Any], image: Array) -> None:
        self._leaf = leaf
        self._params = params
        # The image costs time, and only a transform that applies itself in its own way may look for it.
        is_usual = type(leaf).apply_with_params is BasicTransform.apply_with_params
        self._others = {} if is_usual else {"image": image}
        self.size = image.shape[:2]

    def to(self, mask: Array) -> Array:
        return np.asarray(self.to_all(mask=mask)["mask"])

    def to_all(self, **arrays: Array) -> Mapping[str, Array]:
        result: Mapping[str, Array] = self._leaf.apply_with_params(dict(self._params), **self._others, **arrays)
        return result

    def filled_with(self, label: int) -> Array:
        """Apply it, filling with a label, to a mask of another one."""
        params = dict(self._params)
        mask = np.full(self.size, LABELS[0], np.uint8)
        with filled_with(self._leaf, label, params):
            return np.asarray(self._leaf.apply_with_params(params, **self._others, mask=mask)["mask"])


def _applications(leaf: Any) -> Iterator[_Application]:
    drawn: _Application | None = None
    held = reached(leaf)
    cuts_too_much = False
    for size, count in _SIZES:
        for draw in range(count):
            try:
                drawn = _drawn(leaf, held, size, draw)
            except CropSizeError:
                cuts_too_much = True
                break
            if drawn is None:
                break
            yield drawn
    for size in _LARGER_SIZES if drawn is None and cuts_too_much else ():
        with suppress(CropSizeError):
            drawn = _drawn(leaf, held, size, 0)
            if drawn is not None:
                yield drawn
            return


def _drawn(leaf: Any, held: list[Any], size: tuple[int, int], draw: int) -> _Application | None:
    """Draw parameters for an image and a mask of a size; None where the transform does not take such ones."""
    for channels, dtype in _IMAGES:
        image, mask = _sample(size, channels, dtype)
        set_random_state(held, sample_generators(0, 0, draw))
        try:
            data = {"image": image, "mask": mask}
            params = leaf.update_transform_params(params=leaf.get_params(), data=data)
            params.update(leaf.get_params_dependent_on_data(params=params, data=data))
        except CropSizeError:
            raise
        except Exception:  # it wants other pixels, or more than an image and a mask
            continue
        return _Application(leaf, params, image)
    return None


def _sample(size: tuple[int, int], channels: int, dtype: Any) -> tuple[Array, Array]:
    """Make an image, (H, W, C), and a mask, (H, W), of a few objects."""
    ramp = np.add.outer(np.arange(size[0]), np.arange(size[1])) % 256
    image = np.repeat(ramp.astype(np.uint8)[..., np.newaxis], channels, axis=-1)
    mask = np.zeros(size, np.uint8)
    mask[: size[0] // 3, : size[1] // 3], mask[size[0] // 2 :, size[1] // 2 :] = 1, 2
    return image if dtype == np.uint8 else image.astype(dtype) / 255, mask


@cache
def _noise(size: tuple[int, int], dtype: Any) -> tuple[Array, Array]:
    """Make a mask of any labels, (H, W), and other labels for them, (256,)."""
    generator, _ = sample_generators(0, 0, 0)
    return generator.integers(0, 256, size).astype(dtype), generator.permutation(256).astype(dtype)


def _looked_at_with_noise(application: _Application, invented: Array, result: Array) -> tuple[Array, bool]:
    """Look at pixels, of which some seem to be made up, when masks hold all labels.

    Returns:
        Those that are the same again, (H, W) bool; and whether the others are relabelled where the mask is.
    """
    if result.dtype.kind not in "iu":
        return invented, False
    mask, relabelled = _noise(application.size, result.dtype)
    of_mask, of_relabelled = application.to(mask), application.to(relabelled[mask])
    invented = invented & (of_mask == result) & (of_relabelled == result)
    moved, expected = of_mask[~invented], of_relabelled[~invented]
    return invented, bool(moved.max(initial=0) <= 255) and np.array_equal(relabelled[moved], expected)


def moves_alike(leaf: Any, name: str) -> bool:
    """Tell whether an additional target, (H, W, C), goes where labels go.

    Args:
        leaf: a transform that was tried before; it is not changed.
        name: of the target.
    """
    with _nothing_left_behind():
        try:
            application = next(_applications(copy.deepcopy(leaf)))
            labels = np.maximum(_noise(application.size, np.uint16)[0], 1)
            result = application.to_all(**{"mask": labels, name: np.stack([labels] * 3, axis=-1)})
            moved = result[name][..., 0]
            return not bool(((moved != result["mask"]) & (moved != 0)).any())
        except Exception:  # it dropped the target, or took it for something else
            return False


def _takes_channels(application: _Application, result: Array) -> bool:
    planes = np.full((*application.size, 2), LABELS, result.dtype)
    try:
        return bool(application.to(planes).shape == (*result.shape, 2))
    except Exception:
        return False


@contextmanager
def _nothing_left_behind() -> Iterator[None]:
    """Leave the global random state as it was, which a user's own transform may draw from, and hold back warnings."""
    with global_state_kept(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
