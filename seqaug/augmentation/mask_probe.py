"""Probes a transform on small masks, to see what it does to them, whatever its name."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cache
from itertools import product
from typing import Any, NamedTuple

import numpy as np

from seqaug.augmentation.albumentations import BasicTransform, CropSizeError
from seqaug.augmentation.filled_pixels import LABELS, fill_arguments, filled_with
from seqaug.augmentation.mixing.base import partner_request
from seqaug.augmentation.nested import nested_transforms, set_random_state
from seqaug.core.rng import global_state_kept, sample_generators

Array = np.ndarray[Any, Any]

# (height, width) of masks, and the number of draws on each; tiny ones for transforms that pad, and none is square.
_SIZES = (((40, 33), 4), ((5, 7), 2), ((120, 128), 2))
# For crops larger than those, tried in turn.
_LARGER_SIZES = (300, 320), (600, 640), (1100, 1200), (2100, 2200), (4200, 4300)
# MakeGenerators that are tried on noise as well.
_DRAWS_ON_NOISE = 4
# A label that nothing else makes.
_FILL = 201
# Images that transforms may need: channels and dtype.
_IMAGES = ((3, np.uint8), (1, np.uint8), (3, np.float32))


class MaskProbe(NamedTuple):
    """What a transform did to masks.

    Attributes:
        was_tried: whether it could be applied at all.
        filled: the labels of pixels that it filled.
        obeys_fill: whether all of these follow `fill_mask` as set at the time of the call.
        changes_labels: whether it does more than move pixels. If it only moves them, a relabelled mask gives the
            relabelled result; not so if it averages, compares or computes with labels.
        takes_channels: whether it takes masks of several channels, (H, W, C).
    """

    was_tried: bool
    filled: frozenset[int]
    obeys_fill: bool
    changes_labels: bool
    takes_channels: bool


def probe_masks(leaf: Any, dtype: Any = np.uint8) -> MaskProbe:
    """Apply a single transform to small masks of several sizes, whatever its probability.

    A copy is applied; the global random state is restored, and warnings are suppressed.

    Args:
        leaf: a transform that knows the target "mask"; it is not changed.
        dtype: the dtype of the masks, uint8 or uint16.
    """
    filled: set[int] = set()
    changes, takes_channels, tried = False, True, 0
    obeys = bool(fill_arguments(leaf))
    with _without_side_effects():
        for application in _applications(copy.deepcopy(leaf)):
            try:
                one, other = (application.to(np.full(application.size, label, dtype)) for label in LABELS)
                filled_here = one == other
                if tried < _DRAWS_ON_NOISE:
                    filled_here, agrees = _check_on_noise(application, filled_here, one)
                    changes = changes or not agrees
                    takes_channels = takes_channels and _takes_channels(application, one)
                filled.update(np.unique(one[filled_here]).tolist())
                obeys = obeys and bool((application.filled_with(_FILL)[filled_here] == _FILL).all())
            except Exception:  # a result that is not a mask is reported at the first sample
                continue
            tried += 1
            if filled and tried >= _DRAWS_ON_NOISE:
                break
    return MaskProbe(tried > 0, frozenset(filled), obeys, changes, takes_channels)


class _Application:
    """A transform whose parameters have been drawn."""

    def __init__(self, leaf: Any, params: dict[str, Any], image: Array) -> None:
        self._leaf = leaf
        self._params = params
        # The image costs time, and only a transform with its own apply_with_params may need it.
        is_usual = type(leaf).apply_with_params is BasicTransform.apply_with_params
        self._others = {} if is_usual else {"image": image}
        self.size = image.shape[:2]

    def to(self, mask: Array) -> Array:
        return np.asarray(self.to_all(mask=mask)["mask"])

    def to_all(self, **arrays: Array) -> Mapping[str, Array]:
        result: Mapping[str, Array] = self._leaf.apply_with_params(dict(self._params), **self._others, **arrays)
        return result

    def filled_with(self, label: int) -> Array:
        """Apply it to a mask of another label, with this label as the fill."""
        params = dict(self._params)
        mask = np.full(self.size, LABELS[0], np.uint8)
        with filled_with(self._leaf, label, params):
            return np.asarray(self._leaf.apply_with_params(params, **self._others, mask=mask)["mask"])


def _applications(leaf: Any) -> Iterator[_Application]:
    drawn: _Application | None = None
    transforms = nested_transforms(leaf)
    cuts_too_much = False
    for size, count in _SIZES:
        for draw in range(count):
            try:
                drawn = _draw_params(leaf, transforms, size, draw)
            except CropSizeError:
                cuts_too_much = True
                break
            if drawn is None:
                break
            yield drawn
    for size in _LARGER_SIZES if drawn is None and cuts_too_much else ():
        with suppress(CropSizeError):
            drawn = _draw_params(leaf, transforms, size, 0)
            if drawn is not None:
                yield drawn
            return


def _draw_params(leaf: Any, transforms: list[Any], size: tuple[int, int], draw: int) -> _Application | None:
    """Draw parameters for an image and a mask of a size; None if the transform does not take these."""
    for channels, dtype in _IMAGES:
        image, mask = _sample(size, channels, dtype)
        set_random_state(transforms, sample_generators(0, 0, draw))
        try:
            data = {"image": image, "mask": mask}
            params = leaf.update_transform_params(params=leaf.get_params(), data=data)
            params.update(leaf.get_params_dependent_on_data(params=params, data=data))
        except CropSizeError:
            raise
        except Exception:  # it needs other pixels, or more than an image and a mask
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
    """Make a mask of random labels, (H, W), and a relabelling of these, (256,)."""
    generator, _ = sample_generators(0, 0, 0)
    return generator.integers(0, 256, size).astype(dtype), generator.permutation(256).astype(dtype)


def _check_on_noise(application: _Application, filled_here: Array, result: Array) -> tuple[Array, bool]:
    """Check on masks of random labels which pixels are filled, and whether the others only move.

    Returns:
        The pixels that are filled again, (H, W) bool; and whether the others are relabelled when the mask is.
    """
    if result.dtype.kind not in "iu":
        return filled_here, False
    mask, relabelled = _noise(application.size, result.dtype)
    of_mask, of_relabelled = application.to(mask), application.to(relabelled[mask])
    filled_here = filled_here & (of_mask == result) & (of_relabelled == result)
    moved, expected = of_mask[~filled_here], of_relabelled[~filled_here]
    return filled_here, bool(moved.max(initial=0) <= 255) and np.array_equal(relabelled[moved], expected)


def moves_like_labels(leaf: Any, name: str) -> bool:
    """Tell whether an additional target, (H, W, C), is moved as labels are.

    Args:
        leaf: a transform that has been probed; it is not changed.
        name: the name of the target.
    """
    with _without_side_effects():
        try:
            application = next(_applications(copy.deepcopy(leaf)))
            labels = np.maximum(_noise(application.size, np.uint16)[0], 1)
            result = application.to_all(**{"mask": labels, name: np.stack([labels] * 3, axis=-1)})
            moved = result[name][..., 0]
            return not bool(((moved != result["mask"]) & (moved != 0)).any())
        except Exception:  # it dropped the target, or treated it as something else
            return False


def probe_mixing(leaf: Any) -> tuple[frozenset[int], bool]:
    """Apply a transform that mixes samples to uniform masks, with partners of the same and of another label.

    Args:
        leaf: the transform; it is not changed.

    Returns:
        The labels of pixels that it filled; and whether it made labels that neither mask has.
    """
    filled: set[int] = set()
    changes = False
    alone = copy.deepcopy(leaf)
    alone.p = 1.0
    key, count = _request(leaf)
    with _without_side_effects():
        for other, (size, draws) in product(LABELS, _SIZES):
            image, _ = _sample(size, 3, np.uint8)
            partner = {"image": image, "mask": np.full(size, other, np.uint8), "class_id": None}
            for draw in range(draws):
                set_random_state(nested_transforms(alone), sample_generators(0, 0, draw))
                try:
                    data = {"image": image, "mask": np.full(size, LABELS[0], np.uint8), key: [partner] * count}
                    found = set(np.unique(np.asarray(alone(**data)["mask"])).tolist())
                except Exception:  # it needs other pixels or masks: the sequence reports it
                    continue
                unknown = found - {LABELS[0], other}
                if other == LABELS[0]:
                    filled |= unknown
                else:
                    changes = changes or bool(unknown - filled)
    return frozenset(filled), changes


def _request(leaf: Any) -> tuple[str, int]:
    request = partner_request(leaf)
    return ("", 0) if request is None else (request.key, request.number)


def _takes_channels(application: _Application, result: Array) -> bool:
    planes = np.full((*application.size, 2), LABELS, result.dtype)
    try:
        return bool(application.to(planes).shape == (*result.shape, 2))
    except Exception:
        return False


@contextmanager
def _without_side_effects() -> Iterator[None]:
    """Restore the global random state, from which a user's transform may draw, and suppress warnings."""
    with global_state_kept(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
