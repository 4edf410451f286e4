"""Swaps class ids, such as left and right organs, in samples that the transform mirrors.

Mirroring is detected from the result: two more masks go through the composition with the sample, the source row and
column of each pixel. The sample was mirrored if the determinant of this map's derivative is negative (columns grow
leftwards while rows grow downwards, or the reverse), whatever else rotated, cropped or warped it.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import cv2
import numpy as np

from seqaug.augmentation.albumentations import Compose, CropSizeError
from seqaug.augmentation.mixing.base import is_mixing
from seqaug.augmentation.mixing.handover import handovers
from seqaug.augmentation.nested import leaves, nested_transforms, set_random_state
from seqaug.core.class_bits import swap_classes
from seqaug.core.rng import sample_generators

Array = np.ndarray[Any, Any]

_ROWS, _COLUMNS = "_source_row", "_source_column"
_TARGETS = {_ROWS: "mask", _COLUMNS: "mask"}
# Marks pixels that a border mode copied from others, some of them mirrored; coordinates are below this bit.
_BORDER_BIT = 1 << 15
# Grids on which a map is evaluated, by points along the shorter side; the last is every pixel.
_GRIDS = (32, 128, _BORDER_BIT)
# The share of a map that must agree if it is mostly smooth, if it is folded, and if its coordinates are uncorrelated.
_SURE = 0.75
_LIKELY = 0.6
_MAJORITY = 0.55
# The least correlation of coordinates before and after, in both axes, that decides the orientation of a folded map.
_CORRELATED = 0.1
_FEWEST = 8
# The sides of the images on which transforms are tried; the larger ones are for large crops.
_TRIAL_SIZES = (96, 256, 768)
_TRIALS = 12


class MirroredClasses:
    """Tracks the pixels of samples through a composition, and swaps classes in those that it mirrors.

    It costs two more masks, uint16, in every geometric transform.

    Args:
        pairs: the ids of classes to swap; each id in one pair.
        overlapping: the number of classes whose bits masks hold; None: a pixel has one label.
    """

    def __init__(self, pairs: Sequence[tuple[int, int]], overlapping: int | None = None) -> None:
        self._pairs = tuple(pairs)
        self._overlapping = overlapping
        self._swapped = np.arange(2**16, dtype=np.uint16)
        for left, right in pairs:
            self._swapped[[left, right]] = right, left

    def track(self, mask_safe: Any) -> None:
        """Add the source coordinates of pixels to a composition's targets, in place.

        Raises:
            ValueError: a transform treats coordinates differently from "mask", or changes them so that they cannot be
                tracked.
        """
        for part in nested_transforms(mask_safe):
            for leaf in leaves(part):
                if is_mixing(leaf):
                    leaf.mirrored_ids = self._pairs
                else:
                    _check_trackable(leaf)
            for handover in handovers(leaves(part)):
                handover.before, handover.after = self._swap_early, _restart_coordinates
        _track(mask_safe)

    def _swap_early(self, data: dict[str, Any]) -> None:
        """Swap the classes of a sample before others are mixed into it, which no transform has mirrored."""
        if "mask" in data and _ROWS in data:
            data |= self.swap(data)
            data |= self.coordinates(data["image"])

    @staticmethod
    def coordinates(image: Array) -> dict[str, Array]:
        """Give the coordinate masks that go through the composition with a sample; they are read-only."""
        return _coordinates(*image.shape[:2])

    def swap(self, result: Mapping[str, Array]) -> dict[str, Array]:
        """Give the masks of a transformed sample whose classes are swapped, as it was mirrored; none if it was not.

        Args:
            result: the composition's results for "mask", or the maps of classes that overlap, and `coordinates`.

        Raises:
            ValueError: whether the sample was mirrored cannot be decided.
        """
        side = _orientation(result)
        if side > 0:
            return {}
        swapped = self._swapped_masks(result)
        if side == 0 and any((masks != result[name]).any() for name, masks in swapped.items()):
            raise ValueError(
                "mirrors some parts of the sample and others not, or leaves only filled pixels, so that the "
                "mirrored_classes cannot be told apart; leave it out, or mirrored_classes"
            )
        return swapped

    def _swapped_masks(self, result: Mapping[str, Array]) -> dict[str, Array]:
        if self._overlapping is not None:
            return swap_classes(result, self._overlapping, self._pairs)
        mask = result["mask"]
        swapped = self._swapped if mask.dtype == np.uint16 else self._swapped.astype(mask.dtype)
        return {"mask": swapped[mask]}


def mirroring_transform(mask_safe: Any) -> str | None:
    """Name a transform of a composition that can mirror a sample, found by trying each; None if none does."""
    for part in nested_transforms(mask_safe):
        for leaf in leaves(part):
            if is_mixing(leaf):
                if getattr(leaf, "flip", False):
                    return type(leaf).__name__
                continue
            # One that cannot be tried or tracked does not count.
            with suppress(Exception):
                size, alone = _size_for(leaf), _alone(leaf)
                _track(alone)
                if any(
                    _orientation(_tried(alone, size, number, _coordinates(size, size))) < 0 for number in range(_TRIALS)
                ):
                    return type(leaf).__name__
    return None


def _add_targets(mask_safe: Any) -> None:
    for part in nested_transforms(mask_safe):
        part.add_targets(dict(_TARGETS))


def _track(mask_safe: Any) -> None:
    _add_targets(mask_safe)
    for part in nested_transforms(mask_safe):
        for leaf in leaves(part):
            for name in _TARGETS:
                if is_mixing(leaf):
                    leaf._key2func.pop(name, None)
                elif name in leaf._key2func:
                    leaf._key2func[name] = _TrackCoordinates(leaf)


def _restart_coordinates(result: dict[str, Any]) -> None:
    """Number the pixels of a mixed sample anew: what was mirrored before has its classes swapped already."""
    if _ROWS in result:
        result |= _coordinates(*result["image"].shape[:2])


class _TrackCoordinates:
    """A transform's function for masks, wrapped to set filled pixels to 0 and to mark those of a border mode.

    A transform without a `border_mode` to change defines `apply_to_coordinates`: its `apply_to_mask`, but with 0 for
    pixels beyond the border.
    """

    def __init__(self, leaf: Any) -> None:
        self._leaf = leaf

    def __call__(self, coordinates: Array, **params: Any) -> Array:
        leaf = copy.copy(self._leaf)
        for name in ("fill_mask", "mask_drop_value"):
            if getattr(leaf, name, None) is not None:
                setattr(leaf, name, 0)
            if params.get(name) is not None:
                params[name] = 0
        if getattr(leaf, "border_mode", cv2.BORDER_CONSTANT) == cv2.BORDER_CONSTANT:
            moved: Array = leaf.targets["mask"](coordinates, **params)
            return moved
        shown: Array = leaf.targets["mask"](coordinates, **params)
        if hasattr(leaf, "apply_to_coordinates"):
            moved = leaf.apply_to_coordinates(coordinates, **params)
        else:
            leaf.border_mode = cv2.BORDER_CONSTANT
            moved = leaf.targets["mask"](coordinates, **params)
        return np.where((moved > 0) | (shown == 0), moved, shown | np.uint16(_BORDER_BIT))


def _coordinates(height: int, width: int) -> dict[str, Array]:
    """Number the rows and columns of the pixels, from 1; 0 is for filled pixels."""
    # Images with more rows than there are numbers are numbered in steps.
    step = -(-max(height, width) // (_BORDER_BIT - 1))
    rows, columns = ((np.arange(length) // step + 1).astype(np.uint16) for length in (height, width))
    return {
        _ROWS: np.broadcast_to(rows[:, np.newaxis], (height, width)),
        _COLUMNS: np.broadcast_to(columns, (height, width)),
    }


def _orientation(result: Mapping[str, Array]) -> int:
    """Return -1 if a sample was mirrored, 1 if not, and 0 if undecided.

    Pixels of border modes count only where there are no others.
    """
    rows, columns = result[_ROWS], result[_COLUMNS]
    return _vote(rows, columns, _BORDER_BIT) or _vote(rows, columns, 2 * _BORDER_BIT)


def _vote(rows: Array, columns: Array, below: int) -> int:
    """Return the same for the pixels whose row numbers are below a bound."""
    kept = mirrored = 0
    for points in _GRIDS:
        step = max(min(rows.shape[:2]) // points, 1)
        map_ = _Map(rows[::step, ::step], columns[::step, ::step], below)
        kept, mirrored = map_.votes()
        total = kept + mirrored
        if total >= (_FEWEST if step > 1 else 1) and max(kept, mirrored) >= _SURE * total:
            return 1 if kept > mirrored else -1
        if step == 1:
            break
    # The map is folded: unless most of its parts agree, its orientation as a whole decides.
    correlation = map_.correlation()
    if abs(correlation) >= _CORRELATED and max(kept, mirrored) < _LIKELY * (kept + mirrored):
        return 1 if correlation > 0 else -1
    if max(kept, mirrored) > _MAJORITY * (kept + mirrored):
        return 1 if kept > mirrored else -1
    return 0


class _Map:
    """The source coordinates of a grid of points, where known."""

    def __init__(self, rows: Array, columns: Array, below: int) -> None:
        self._known = (rows > 0) & (rows < below)
        self._coordinates = np.stack([columns, rows]).astype(np.int64) % _BORDER_BIT

    def votes(self) -> tuple[int, int]:
        """Count the points at which the map preserves orientation, and those at which it reverses it."""
        known, coordinates = self._known, self._coordinates
        known = known[:-1, :-1] & known[:-1, 1:] & known[1:, :-1]
        along = (coordinates[:, :-1, 1:] - coordinates[:, :-1, :-1])[:, known]
        down = (coordinates[:, 1:, :-1] - coordinates[:, :-1, :-1])[:, known]
        determinant = along[0] * down[1] - along[1] * down[0]
        return int(np.count_nonzero(determinant > 0)), int(np.count_nonzero(determinant < 0))

    def correlation(self) -> float:
        """Give the product of the canonical correlations of coordinates before and after, with the map's sign."""
        after = np.stack(np.nonzero(self._known)[::-1])
        if after.shape[1] < _FEWEST:
            return 0.0
        covariance = np.cov(np.concatenate([after, self._coordinates[:, self._known]]))
        spread = np.linalg.det(covariance[:2, :2]) * np.linalg.det(covariance[2:, 2:])
        return float(np.linalg.det(covariance[:2, 2:]) / np.sqrt(spread)) if spread > 0 else 0.0


def _check_trackable(leaf: Any) -> None:
    name = type(leaf).__name__
    try:
        # Find a size of images on which it can be tried, if any.
        size = _size_for(leaf)
        plain = _alone(leaf)
    except Exception:  # it needs other pixels, or more than an image and a mask: the sequence reports it
        return
    _add_targets(plain)
    coarse = sample_generators(0, 0, 0)[0].integers(1, _BORDER_BIT, (-(-size // 8), -(-size // 8)), np.uint16)
    numbers = coarse.repeat(8, 0).repeat(8, 1)[:size, :size]
    try:
        alike = [
            _tried(plain, size, number, {**dict.fromkeys(_TARGETS, numbers), "mask": numbers}) for number in (0, 1)
        ]
        tracked = _alone(leaf)
        _track(tracked)
        moved = [_tried(tracked, size, number, _coordinates(size, size)) for number in (0, 1)]
    except Exception as error:
        raise ValueError(
            f"mirrored_classes cannot track {name}, which fails on masks of pixel coordinates, uint16 "
            f"({type(error).__name__}: {error}); {_EXPECTED}"
        ) from error
    if not all(_equal(result, name, "mask") for result in alike for name in _TARGETS):
        raise ValueError(
            f'mirrored_classes cannot track {name}, which treats other masks differently from "mask"; expected a '
            "transform that names its functions in `targets`, as A.DualTransform does"
        )
    if not any(_orientation(result) for result in moved):
        raise ValueError(
            f"mirrored_classes cannot track {name}, which changes the values of masks, mirrors a part of them, or "
            f"leaves too little of them; {_EXPECTED}"
        )


_EXPECTED = (
    "expected transforms that move the pixels of masks, whatever their values: change labels in load() or the palette"
)


def _alone(leaf: Any) -> Any:
    copied = copy.deepcopy(leaf)
    copied.p = 1.0
    return Compose([copied])


def _size_for(leaf: Any) -> int:
    """Find a size of images on which a transform can be tried."""
    composition = _alone(leaf)
    for size in _TRIAL_SIZES[:-1]:
        with suppress(CropSizeError):
            _tried(composition, size, 0, {})
            return size
    _tried(composition, _TRIAL_SIZES[-1], 0, {})
    return _TRIAL_SIZES[-1]


def _tried(composition: Any, size: int, number: int, masks: Mapping[str, Array]) -> Mapping[str, Array]:
    """Apply a composition to a square of noise; `number` selects the draw."""
    generators = sample_generators(0, 0, number)
    noise = generators[0].integers(0, 256, (size, size, 3), np.uint8)
    labels = (noise[::8, ::8, 0] % 4).repeat(8, 0).repeat(8, 1)[:size, :size]
    set_random_state(nested_transforms(composition), generators)
    sample = {"image": noise, "mask": labels, **masks}
    result: Mapping[str, Array] = composition(**{name: pixels.copy() for name, pixels in sample.items()})
    return result


def _equal(result: Mapping[str, Any], one: str, other: str) -> bool:
    return isinstance(result.get(one), np.ndarray) and np.array_equal(result[one], result[other])
