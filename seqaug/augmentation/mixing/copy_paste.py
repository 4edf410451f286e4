"""`CopyPaste`: objects of another sample."""

from __future__ import annotations

import math
from collections.abc import Sequence
from numbers import Real
from typing import Any, NamedTuple

import cv2
import numpy as np

from seqaug.augmentation.albumentations import geometric
from seqaug.augmentation.class_pixels import class_ids, count_classes
from seqaug.augmentation.mixing.base import MixingTransform
from seqaug.augmentation.mixing.overlap import paste
from seqaug.augmentation.value_maps import resize_nearest
from seqaug.utils.validation import one_of, whole_number

Array = np.ndarray[Any, Any]

_NEAREST = (cv2.INTER_NEAREST, cv2.INTER_NEAREST_EXACT)
# Components of fewer pixels are pasted only where there is no larger one.
_FEWEST_PIXELS = 16
# Void within this many pixels of an object is its border, and is pasted with it; VOC's is 5 wide.
_BORDER = 5
# Side of the square over which a feathered edge fades.
_FEATHER = 5


class _Object(NamedTuple):
    """An object to paste.

    Attributes:
        y, x, height, width: where it is in the partner, with a margin.
        is_mirrored: whether it is mirrored.
        top, left: where it goes in the sample.
        pixels: which pixels there are its own, (H, W) bool.
        opacity: of its image, (H, W) float32 in 0..1; None: `pixels`.
    """

    y: int
    x: int
    height: int
    width: int
    is_mirrored: bool
    top: int
    left: int
    pixels: Array
    opacity: Array | None


class CopyPaste(MixingTransform):
    """Paste objects of another sample, with their labels.

    In a sequence, a class is drawn evenly from `classes`, then a sample that contains it, found by the scan of all
    masks. Objects are the connected components of the class in its mask (8 neighbours): some are drawn, scaled,
    mirrored, and put anywhere on the sample. Source: Ghiasi et al., "Simple Copy-Paste is a Strong Data Augmentation
    Method for Instance Segmentation", CVPR 2021; here for masks of classes, in which objects of a class that touch are
    one.

    Ignored pixels next to an object, as VOC has them, are pasted with it and stay ignored. Components of fewer than 16
    pixels are pasted only where there is no larger one. Outside of a sequence, the class is drawn from those in the
    partner's mask, of `classes` if given, rarer ones more often.

    With the sequence's `mirrored_classes`, a mirrored object gets the label of its opposite. Ids in additional masks,
    such as those of instances, are pasted as they are, and may be in use already.

    Args:
        classes: ids or names of the classes; None: the rarer half of those that occur, by pixels in all masks. Names
            need a sequence.
        objects: (fewest, most) objects to paste, if there are so many.
        scale: (smallest, largest) factor of height and width, drawn uniformly. Objects larger than the image are made
            to fit.
        flip: whether half of the objects are mirrored, left to right.
        blend: "none"; or "feather": the image of an object fades over 5 pixels at its edge. Labels do not fade.
        interpolation: OpenCV's interpolation of the image; labels are always resampled by nearest neighbour.
        ignore_index: label that is not a class. None: that of the sequence; outside of a sequence, every label is a
            class.
        p: probability that objects are pasted.

    Targets:
        image, mask; the other sample needs a "mask", (H, W), integer.

    Image types:
        any

    Raises:
        TypeError, ValueError: an argument is invalid.
    """

    needs_mask = True

    def __init__(
        self,
        classes: Sequence[int | str] | None = None,
        *,
        objects: tuple[int, int] = (1, 3),
        scale: tuple[float, float] = (0.8, 1.25),
        flip: bool = True,
        blend: str = "none",
        interpolation: int = cv2.INTER_LINEAR,
        ignore_index: int | None = None,
        p: float = 0.5,
    ) -> None:
        super().__init__(p=p)
        self.classes = None if classes is None else _checked_classes(classes)
        self.objects = _checked_objects(objects)
        self.scale = _checked_scale(scale)
        self.flip = bool(flip)
        self.blend = one_of("blend", blend, ("none", "feather"))
        self.interpolation = interpolation
        self.ignore_index = None if ignore_index is None else int(ignore_index)
        self.mirrored_ids: tuple[tuple[int, int], ...] = ()

    @property
    def partner_classes(self) -> Any:
        """The classes that other samples are drawn for."""
        return "rare" if self.classes is None else self.classes

    def get_params_dependent_on_data(self, params: dict[str, Any], data: dict[str, Any]) -> dict[str, Any]:
        """Draw the objects.

        Args:
            params: "shape" of the image.
            data: has the partner.

        Returns:
            "objects_to_paste".
        """
        (partner,) = data[self.partners_key]
        labels = class_ids(partner["mask"])
        class_id = partner.get("class_id")
        if class_id is None:
            class_id = self._class_in(labels)
        found = [] if class_id is None else self._components(labels == class_id)
        return {"objects_to_paste": [self._drawn(labels, *component, params["shape"]) for component in found]}

    def apply_with_params(self, params: dict[str, Any], *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Paste the objects into each target."""
        result = super().apply_with_params(params, *args, **kwargs)
        if self.mirrored_ids and kwargs.get("mask") is not None:
            (partner,) = kwargs[self.partners_key]
            table = np.arange(2**16, dtype=np.uint16)
            for left, right in self.mirrored_ids:
                table[[left, right]] = right, left
            mirrored = table[partner["mask"]].astype(partner["mask"].dtype)
            # Of additional masks, as everywhere, no labels are swapped.
            result["mask"] = kwargs["mask"].copy()
            for pasted in params["objects_to_paste"]:
                self._paste(result["mask"], mirrored if pasted.is_mirrored else partner["mask"], pasted)
        return result

    def apply(
        self, img: Array, partners: Sequence[Array] = (), *, objects_to_paste: Sequence[_Object] = (), **params: Any
    ) -> Array:
        """Paste the objects of the partner's image."""
        mixed = img.copy()
        for pasted in objects_to_paste:
            self._paste(mixed, partners[0], pasted, self.interpolation, pasted.opacity)
        return mixed

    def apply_to_mask(
        self, mask: Array, partners: Sequence[Array] = (), *, objects_to_paste: Sequence[_Object] = (), **params: Any
    ) -> Array:
        """Paste the objects of the partner's mask."""
        mixed = mask.copy()
        for pasted in objects_to_paste:
            self._paste(mixed, partners[0], pasted)
        return mixed

    def _class_in(self, labels: Array) -> int | None:
        """Draw a class of a mask, rarer ones more often."""
        named = [given for given in self.classes or () if isinstance(given, str)]
        if named:
            raise ValueError(
                f"CopyPaste(classes={list(self.classes or ())!r}) names classes, which only a sequence knows; expected "
                "their ids"
            )
        counts = count_classes(np.ascontiguousarray(labels), self.ignore_index)
        if self.classes is not None:
            counts = {label: count for label, count in counts.items() if label in self.classes}
        if not counts:
            return None
        weights = [1 / math.sqrt(count) for count in counts.values()]
        return int(self.py_random.choices(list(counts), weights)[0])

    def _components(self, is_class: Array) -> list[tuple[Array, tuple[int, int]]]:
        """Draw connected components: each as its pixels, and the first of these, (y, x), in the mask."""
        # Only where the class is, which for rare ones is a small part of the mask.
        first_x, first_y, width, height = cv2.boundingRect(is_class.view(np.uint8))
        part = is_class[first_y : first_y + height, first_x : first_x + width].view(np.uint8)
        if not part.size:
            return []
        _, numbers, stats, _ = cv2.connectedComponentsWithStats(part, connectivity=8)
        areas = stats[1:, cv2.CC_STAT_AREA]
        candidates = np.flatnonzero(areas >= _FEWEST_PIXELS).tolist()
        if not candidates:
            candidates = [int(areas.argmax())]
        count = self.py_random.randint(*self.objects)
        found = []
        for number in self.py_random.sample(candidates, min(count, len(candidates))):
            x, y, width, height, _ = stats[number + 1].tolist()
            pixels = numbers[y : y + height, x : x + width] == number + 1
            found.append((pixels, (first_y + y, first_x + x)))
        return found

    def _drawn(self, labels: Array, pixels: Array, corner: tuple[int, int], shape: tuple[int, ...]) -> _Object:
        """Draw size and place of an object."""
        (y, x), own = self._with_border(labels, pixels, corner)
        height, width = own.shape
        is_mirrored = self.flip and self.py_random.random() < 0.5
        factor = min(self.py_random.uniform(*self.scale), shape[0] / height, shape[1] / width)
        size = tuple(max(1, min(round(length * factor), most)) for length, most in zip(own.shape, shape, strict=False))
        placed = resize_nearest(_mirrored(own, is_mirrored=is_mirrored), size) > 0
        opacity = None
        if self.blend == "feather":
            blurred = cv2.blur(placed.astype(np.float32), (_FEATHER, _FEATHER), borderType=cv2.BORDER_CONSTANT)
            # At least half where the label is the object's, and at most half elsewhere.
            opacity = np.where(placed, np.maximum(blurred, 0.5), np.minimum(blurred, 0.5))
        return _Object(
            y=y,
            x=x,
            height=height,
            width=width,
            is_mirrored=is_mirrored,
            top=self.py_random.randint(0, shape[0] - size[0]),
            left=self.py_random.randint(0, shape[1] - size[1]),
            pixels=placed,
            opacity=opacity,
        )

    def _with_border(self, labels: Array, pixels: Array, corner: tuple[int, int]) -> tuple[tuple[int, int], Array]:
        """Add the void around an object.

        Returns:
            The first pixel, (y, x), of a rectangle of the mask, and which pixels there are pasted, (H, W) uint8.
        """
        own = np.pad(pixels.astype(np.uint8), _BORDER)
        y, x = (start - _BORDER for start in corner)
        # As far as the mask goes.
        own = own[max(-y, 0) : labels.shape[0] - y, max(-x, 0) : labels.shape[1] - x]
        y, x = max(y, 0), max(x, 0)
        if self.ignore_index is not None:
            reach = 2 * _BORDER + 1
            near = cv2.dilate(own, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach)))
            own |= near & (labels[y : y + own.shape[0], x : x + own.shape[1]] == self.ignore_index)
        margin = _FEATHER // 2 if self.blend == "feather" else 0
        rows, columns = (_span(np.asarray(own.any(axis)), margin) for axis in (1, 0))
        return (y + rows.start, x + columns.start), own[rows, columns]

    @staticmethod
    def _paste(
        target: Array,
        source: Array,
        pasted: _Object,
        interpolation: int = cv2.INTER_NEAREST_EXACT,
        opacity: Array | None = None,
    ) -> None:
        """Paste an object into an array of the sample, from the same of its partner, in place."""
        size = pasted.pixels.shape
        part = source[pasted.y : pasted.y + pasted.height, pasted.x : pasted.x + pasted.width]
        part = _mirrored(part, is_mirrored=pasted.is_mirrored)
        if interpolation in _NEAREST:
            part = resize_nearest(part, (size[0], size[1]))
        else:
            part = geometric.functional.resize(np.ascontiguousarray(part), size, interpolation)
        place = target[pasted.top : pasted.top + size[0], pasted.left : pasted.left + size[1]]
        if opacity is None:
            paste(place, part, pasted.pixels)
            return
        weight = opacity.reshape(*size, *[1] * (target.ndim - 2))
        blended = place + weight * (part.astype(np.float32) - place)
        place[...] = np.rint(blended) if target.dtype.kind in "iu" else blended


def _span(is_used: Array, margin: int) -> slice:
    """Return the range that is used, with a margin as far as there is one."""
    used = np.flatnonzero(is_used)
    return slice(max(int(used[0]) - margin, 0), min(int(used[-1]) + 1 + margin, len(is_used)))


def _mirrored(array: Array, *, is_mirrored: bool) -> Array:
    return array[:, ::-1] if is_mirrored else array


def _checked_classes(classes: Any) -> list[int | str]:
    given = list(classes) if isinstance(classes, Sequence | np.ndarray) and not isinstance(classes, str) else None
    if given is None or not all(isinstance(one, str | int | np.integer) and not isinstance(one, bool) for one in given):
        raise TypeError(f"CopyPaste(classes={classes!r}); expected a list of ids or names of classes, or None")
    if not given:
        raise ValueError("CopyPaste(classes=[]) pastes nothing; expected ids or names of classes, or None")
    # Plain numbers, as a saved pipeline is JSON.
    return [one if isinstance(one, str) else int(one) for one in given]


def _checked_objects(objects: Any) -> tuple[int, int]:
    if not isinstance(objects, Sequence) or isinstance(objects, str) or len(objects) != 2:
        raise TypeError(f"CopyPaste(objects={objects!r}); expected (fewest, most), such as (1, 3)")
    fewest, most = whole_number("objects", objects[0], 1), whole_number("objects", objects[1], 1)
    if fewest > most:
        raise ValueError(f"CopyPaste(objects={objects!r}); expected (fewest, most), such as (1, 3)")
    return fewest, most


def _checked_scale(scale: Any) -> tuple[float, float]:
    if (
        not isinstance(scale, Sequence)
        or isinstance(scale, str)
        or len(scale) != 2
        or not all(isinstance(factor, Real) and not isinstance(factor, bool) for factor in scale)
    ):
        raise TypeError(f"CopyPaste(scale={scale!r}); expected (smallest, largest) factor, such as (0.8, 1.25)")
    if not 0 < scale[0] <= scale[1] < math.inf:
        raise ValueError(f"CopyPaste(scale={scale!r}); expected factors above 0, the smaller one first")
    return float(scale[0]), float(scale[1])
