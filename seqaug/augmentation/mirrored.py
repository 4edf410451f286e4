"""Left and right: class ids that change places where the transform has mirrored a sample.

Whether it has is read from what it did. Two more masks go through the composition with the sample's own: the row and
the column of each pixel. Where the columns grow from right to left, and the rows do not grow upwards, or the other
way round, the sample was mirrored (the determinant of the map's derivative is negative), whatever turned, cropped or
bent it besides.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import cv2
import numpy as np

from seqaug.augmentation.albumentations import Compose, CropSizeError
from seqaug.augmentation.reach import leaves, reached, set_random_state
from seqaug.core.rng import sample_generators

Array = np.ndarray[Any, Any]

_ROWS, _COLUMNS = "_source_row", "_source_column"
_TARGETS = {_ROWS: "mask", _COLUMNS: "mask"}
# Places are below this bit, which marks pixels that a border mode made of others: it mirrors some of them.
_MADE_UP = 1 << 15
# The grids by which a map is judged, by points along the shorter side; at last every pixel.
_GRIDS = (32, 128, _MADE_UP)
# The share of a map that has to agree where it is mostly smooth, and where it is folded.
_SURE = 0.75
_MAJORITY = 0.55
# The least correlation of places before and after, both ways, that tells how a folded map lies on the whole.
_CORRELATED = 0.1
_FEWEST = 8
# The sides of the images that transforms are tried on, the larger for crops that the smaller is too small for.
_TRIAL_SIZES = (96, 256, 768)
_TRIALS = 12


class MirroredClasses:
    """Follows the pixels of a sample through a composition, and lets classes change places where it was mirrored.

    It costs two more masks, uint16, in every geometric transform.

    Args:
        pairs: ids of the classes that change places; each id in one pair.
    """

    def __init__(self, pairs: Sequence[tuple[int, int]]) -> None:
        self._ids = np.array(sorted(sum(pairs, ())))
        self._swapped = np.arange(2**16, dtype=np.uint16)
        for left, right in pairs:
            self._swapped[[left, right]] = right, left

    def follow(self, prepared: Any) -> None:
        """Let a composition, in place, take along where pixels come from.

        Raises:
            ValueError: a transform treats these masks otherwise than it treats "mask", or makes nothing of them that
                could be followed.
        """
        for part in reached(prepared):
            for leaf in leaves(part):
                _check_that_it_can_be_followed(leaf)
        _follow(prepared)

    @staticmethod
    def places(image: Array) -> dict[str, Array]:
        """Give the masks that are to go through the composition with a sample; they are read-only."""
        return _places(*image.shape[:2])

    def changed(self, result: Mapping[str, Array]) -> Array:
        """Give the mask of a transformed sample with the right sides.

        Args:
            result: what the composition made of "mask" and of `places`.

        Raises:
            ValueError: it cannot be told whether the sample was mirrored.
        """
        mask = result["mask"]
        side = _orientation(result)
        if side > 0:
            return mask
        if side < 0:
            swapped = self._swapped if mask.dtype == np.uint16 else self._swapped.astype(mask.dtype)
            return swapped[mask]
        if np.isin(mask, self._ids).any():
            raise ValueError(
                "mirrors some parts of the sample and others not, or shows nothing but pixels that are made up, so "
                "that it cannot be told which of the mirrored_classes is which; leave it out, or mirrored_classes"
            )
        return mask


def mirroring_transform(prepared: Any) -> str | None:
    """Name a transform of a composition that can mirror a sample, found by trying each; None where none is seen to."""
    for part in reached(prepared):
        for leaf in leaves(part):
            # One that cannot be tried, or followed, is none that is seen to.
            with suppress(Exception):
                size, alone = _size_for(leaf), _alone(leaf)
                _follow(alone)
                if any(_orientation(_tried(alone, size, number, _places(size, size))) < 0 for number in range(_TRIALS)):
                    return type(leaf).__name__
    return None


def _add_targets(prepared: Any) -> None:
    for part in reached(prepared):
        part.add_targets(dict(_TARGETS))


def _follow(prepared: Any) -> None:
    _add_targets(prepared)
    for part in reached(prepared):
        for leaf in leaves(part):
            for name in _TARGETS:
                if name in leaf._key2func:
                    leaf._key2func[name] = _Followed(leaf)


class _Followed:
    """A transform's function for masks, which leaves 0 where it makes up pixels, and marks those of a border mode.

    Of a transform that has no `border_mode` to be changed, `apply_to_places` does the same as its `apply_to_mask`, but
    for pixels beyond the border, which become 0.
    """

    def __init__(self, leaf: Any) -> None:
        self._leaf = leaf

    def __call__(self, places: Array, **params: Any) -> Array:
        leaf = copy.copy(self._leaf)
        for name in ("fill_mask", "mask_drop_value"):
            if getattr(leaf, name, None) is not None:
                setattr(leaf, name, 0)
            if params.get(name) is not None:
                params[name] = 0
        if getattr(leaf, "border_mode", cv2.BORDER_CONSTANT) == cv2.BORDER_CONSTANT:
            moved: Array = leaf.targets["mask"](places, **params)
            return moved
        shown: Array = leaf.targets["mask"](places, **params)
        if hasattr(leaf, "apply_to_places"):
            moved = leaf.apply_to_places(places, **params)
        else:
            leaf.border_mode = cv2.BORDER_CONSTANT
            moved = leaf.targets["mask"](places, **params)
        return np.where((moved > 0) | (shown == 0), moved, shown | np.uint16(_MADE_UP))


def _places(height: int, width: int) -> dict[str, Array]:
    """Number the rows and the columns of the pixels, from 1; 0 is for pixels that are made up."""
    # Images of more rows than there are numbers go in steps.
    step = -(-max(height, width) // (_MADE_UP - 1))
    rows, columns = ((np.arange(length) // step + 1).astype(np.uint16) for length in (height, width))
    return {
        _ROWS: np.broadcast_to(rows[:, np.newaxis], (height, width)),
        _COLUMNS: np.broadcast_to(columns, (height, width)),
    }


def _orientation(result: Mapping[str, Array]) -> int:
    """Say whether a sample was mirrored, -1, or not, 1; or 0 where it cannot be told.

    Made-up pixels are asked only where there are no others.
    """
    rows, columns = result[_ROWS], result[_COLUMNS]
    return _side(rows, columns, _MADE_UP) or _side(rows, columns, 2 * _MADE_UP)


def _side(rows: Array, columns: Array, below: int) -> int:
    """Say the same of the pixels whose rows are numbered below a bound."""
    kept = mirrored = 0
    for points in _GRIDS:
        step = max(min(rows.shape[:2]) // points, 1)
        map_ = _Map(rows[::step, ::step], columns[::step, ::step], below)
        kept, mirrored = map_.votes()
        heard = kept + mirrored
        if heard >= (_FEWEST if step > 1 else 1) and max(kept, mirrored) >= _SURE * heard:
            return 1 if kept > mirrored else -1
        if step == 1:
            break
    # It is folded: how it lies on the whole tells more than how its parts lie.
    correlation = map_.correlation()
    if abs(correlation) >= _CORRELATED:
        return 1 if correlation > 0 else -1
    if max(kept, mirrored) > _MAJORITY * (kept + mirrored):
        return 1 if kept > mirrored else -1
    return 0


class _Map:
    """Where the points of a grid were before, as far as that is known."""

    def __init__(self, rows: Array, columns: Array, below: int) -> None:
        self._known = (rows > 0) & (rows < below)
        self._places = np.stack([columns, rows]).astype(np.int64) % _MADE_UP

    def votes(self) -> tuple[int, int]:
        """Count the points at which the map keeps the sense of rotation, and those at which it mirrors."""
        known, places = self._known, self._places
        known = known[:-1, :-1] & known[:-1, 1:] & known[1:, :-1]
        along = (places[:, :-1, 1:] - places[:, :-1, :-1])[:, known]
        down = (places[:, 1:, :-1] - places[:, :-1, :-1])[:, known]
        determinant = along[0] * down[1] - along[1] * down[0]
        return int(np.count_nonzero(determinant > 0)), int(np.count_nonzero(determinant < 0))

    def correlation(self) -> float:
        """Give the product of the canonical correlations of places before and after, with the sign of the map."""
        after = np.stack(np.nonzero(self._known)[::-1])
        if after.shape[1] < _FEWEST:
            return 0.0
        covariance = np.cov(np.concatenate([after, self._places[:, self._known]]))
        spread = np.linalg.det(covariance[:2, :2]) * np.linalg.det(covariance[2:, 2:])
        return float(np.linalg.det(covariance[:2, 2:]) / np.sqrt(spread)) if spread > 0 else 0.0


def _check_that_it_can_be_followed(leaf: Any) -> None:
    name = type(leaf).__name__
    try:
        # Whether it can be tried at all, and on images of which size.
        size = _size_for(leaf)
        plain = _alone(leaf)
    except Exception:  # it wants other pixels, or more than an image and a mask: the sequence will say so
        return
    _add_targets(plain)
    coarse = sample_generators(0, 0, 0)[0].integers(1, _MADE_UP, (-(-size // 8), -(-size // 8)), np.uint16)
    numbers = coarse.repeat(8, 0).repeat(8, 1)[:size, :size]
    try:
        alike = [
            _tried(plain, size, number, {**dict.fromkeys(_TARGETS, numbers), "mask": numbers}) for number in (0, 1)
        ]
        followed = _alone(leaf)
        _follow(followed)
        moved = [_tried(followed, size, number, _places(size, size)) for number in (0, 1)]
    except Exception as error:
        raise ValueError(
            f"mirrored_classes cannot follow {name}, which fails on masks that hold the places of pixels, uint16 "
            f"({type(error).__name__}: {error}); {_EXPECTED}"
        ) from error
    if not all(_equal(result, name, "mask") for result in alike for name in _TARGETS):
        raise ValueError(
            f'mirrored_classes cannot follow {name}, which does not treat other masks as it treats "mask"; expected a '
            "transform that names its functions in `targets`, as A.DualTransform does"
        )
    if not any(_orientation(result) for result in moved):
        raise ValueError(
            f"mirrored_classes cannot follow {name}, which changes what masks hold, mirrors a part of them, or leaves "
            f"too little; {_EXPECTED}"
        )


_EXPECTED = (
    "expected transforms that move the pixels of masks, whatever they hold: change labels in load(), or by the palette"
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
    """Apply a composition to noise of a side, in try number `number`."""
    generators = sample_generators(0, 0, number)
    noise = generators[0].integers(0, 256, (size, size, 3), np.uint8)
    labels = (noise[::8, ::8, 0] % 4).repeat(8, 0).repeat(8, 1)[:size, :size]
    set_random_state(reached(composition), generators)
    sample = {"image": noise, "mask": labels, **masks}
    result: Mapping[str, Array] = composition(**{name: pixels.copy() for name, pixels in sample.items()})
    return result


def _equal(result: Mapping[str, Any], one: str, other: str) -> bool:
    return isinstance(result.get(one), np.ndarray) and np.array_equal(result[one], result[other])
