"""Maps of stored ids to class ids: masks whose ids are not 0, 1, ..., or whose classes merge."""

from __future__ import annotations

import operator
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any, Literal

import cv2
import numpy as np

from seqaug.palette.id_counts import IdCounts
from seqaug.palette.label_map import DEFAULT, MAX_CLASS, LabelMap, class_id, names_labels

Array = np.ndarray[Any, Any]

MapName = Literal["ade20k", "binary", "cityscapes", "coco_stuff", "oxford_pets"]
ClassMapLike = MapName | str | Mapping[int, int | None] | Mapping[str, int | None] | Mapping[int | str, int | None]

_SHOWN = 4

# labels.py of cityscapesScripts: ids of the training classes, by train id. All other ids are not evaluated.
_CITYSCAPES = (7, 8, 11, 12, 13, 17, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 31, 32, 33)
# labels.txt of COCO-Stuff numbers 182 classes from 1, and its PNGs from 0. COCO removed these 11, by number from 1:
_COCO_REMOVED = (12, 26, 29, 30, 45, 66, 68, 69, 71, 83, 91)
_COCO_STUFF = [number - 1 for number in range(1, 183) if number not in _COCO_REMOVED]

_NAMED: dict[str, dict[int | str, int | None]] = {
    # SceneParse150: 0 is "other".
    "ade20k": {0: None, **{label: label - 1 for label in range(1, 151)}},
    # White is 255, or 65,535 in 16 bits. See `ClassMap.contradiction`.
    "binary": {0: 0, 1: 1, 255: 1, 65_535: 1},
    "cityscapes": {**dict.fromkeys(range(-1, 34)), **{label: train for train, label in enumerate(_CITYSCAPES)}},
    # PNGs of stuffthingmaps: 255 is unlabeled.
    "coco_stuff": {255: None, **{label: number for number, label in enumerate(_COCO_STUFF)}},
    # Trimaps: 1 pet, 2 background, 3 not classified, the border (Parkhi et al. 2012).
    "oxford_pets": {1: 1, 2: 0, 3: None},
}

NAMED_MAPS = tuple(_NAMED)


class ClassMap:
    """The class of each id that masks hold. Immutable.

    Args:
        ids: class id by stored id, or None where the pixels are ignored; with the key "default", what all other ids
            become.
        name: the name of a built-in map, whose palette has the same name; or "".

    Attributes:
        name: the same.
        num_classes: the largest class id plus 1.
        missing: class ids below that, which no stored id becomes.
        has_ignored: whether pixels may be ignored.
        has_default: whether all ids are known.

    Raises:
        TypeError: an id is not an integer.
        ValueError: there is no class, or a class id is out of range.
    """

    def __init__(self, ids: Mapping[int | str, int | None], name: str = "") -> None:
        self.name = name
        self.has_default = DEFAULT in ids
        self._default = None if ids.get(DEFAULT) is None else class_id(DEFAULT, ids[DEFAULT])
        self._ids = {_stored_id(key): class_id(key, label) for key, label in ids.items() if key != DEFAULT}
        targets = {*self._ids.values(), *([self._default] if self.has_default else [])}
        classes = sorted(label for label in targets if label is not None)
        if not classes:
            raise ValueError(f"class_map={dict(ids)!r} has no class; expected one stored id at least with a class id")
        self.num_classes = classes[-1] + 1
        self.missing = sorted(set(range(self.num_classes)).difference(classes))
        self.has_ignored = None in targets

    @property
    def fingerprint(self) -> str:
        """A string that differs wherever ids would become other classes."""
        return f"{sorted(self._ids.items())} {self._default if self.has_default else 'no default'}"

    def class_of(self, stored: float) -> int | None:
        """Return the class of a stored id; None for one that is ignored, or that the map does not name."""
        return self._ids.get(stored)  # type: ignore[call-overload, no-any-return]

    def default_of(self, stored: float) -> int | None:
        """Return the class of a stored id that has one only as all others do; None if the map names it."""
        return None if stored in self._ids else self._default

    def __contains__(self, stored: int) -> bool:
        return self.has_default or stored in self._ids

    def __eq__(self, other: object) -> bool:
        return self.fingerprint == other.fingerprint if isinstance(other, ClassMap) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.fingerprint)

    def __str__(self) -> str:
        """The argument that creates the map, shortened."""
        if self.name:
            return repr(self.name)
        items = [f"{stored}: {label}" for stored, label in list(self._ids.items())[:_SHOWN]]
        more = ["..."] * (len(self._ids) > _SHOWN)
        default = [f'"{DEFAULT}": {self._default}'] * self.has_default
        return f"{{{', '.join([*items, *more, *default])}}}"

    def mapped(self, counts: IdCounts, ignore_index: int | None) -> IdCounts:
        """Give the class ids of a count of stored ids; ids that are not in the map are left out."""
        kept = np.array([stored in self for stored in counts.ids.tolist()], bool)
        labels = [self._ids.get(stored, self._default) for stored in counts.ids[kept].tolist()]
        classes = np.array([ignore_index if label is None else label for label in labels], np.int64)
        ids, inverse = np.unique(classes, return_inverse=True)
        pixels = np.bincount(inverse, counts.pixels[kept], len(ids)).astype(np.int64)
        return counts._replace(ids=ids, pixels=pixels)

    def contradiction(self, ids: Array) -> str | None:
        """Say which stored ids, ascending, cannot both mean what the map says: foreground is 1, or white; or None."""
        if self.name != "binary" or len(ids) < 2 or 1 not in ids or ids[-1] == 1:
            return None
        return (
            f"1 and {ids[-1]}, and only one of them can be the foreground of binary masks: if {ids[-1]} marks pixels "
            f'to ignore, give class_map={{0: 0, 1: 1, {ids[-1]}: None}} and mask_encoding="sparse"; if both are '
            f"foreground, class_map={{0: 0, 1: 1, {ids[-1]}: 1}}"
        )

    def lookup(self, ignore_index: int | None) -> IdLookup:
        """Create the look-up table; `ignore_index` is the label of ignored pixels, if there are any."""
        ignored = 0 if ignore_index is None else ignore_index
        ids = {stored: ignored if label is None else label for stored, label in self._ids.items()}
        if not self.has_default:
            return IdLookup(ids, None)
        return IdLookup(ids, ignored if self._default is None else self._default)


def as_class_map(spec: Any) -> ClassMap | LabelMap | None:
    """Turn a `class_map=` argument into a map.

    Args:
        spec: class id, or None, by stored id, or by the label of polygons; the name of a built-in map; a map, which is
            returned unchanged; or None.

    Raises:
        TypeError: none of these, or an id is not an integer.
        ValueError: there is no such map, or as for `ClassMap` and `LabelMap`.
    """
    if spec is None or isinstance(spec, ClassMap | LabelMap):
        return spec
    if isinstance(spec, str):
        if spec in _NAMED:
            return ClassMap(_NAMED[spec], spec)
        close = get_close_matches(spec.lower(), NAMED_MAPS, n=1)
        raise ValueError(
            f"class_map={spec!r}; expected one of {', '.join(map(repr, NAMED_MAPS))}, or class ids by stored id, such "
            "as {7: 0, 8: 1, 0: None}" + (f"; did you mean {close[0]!r}?" if close else "")
        )
    if not isinstance(spec, Mapping):
        raise TypeError(
            f"class_map is a {type(spec).__name__}; expected class ids by stored id, such as {{7: 0, 8: 1, 0: None}}, "
            f"or one of {', '.join(map(repr, NAMED_MAPS))}"
        )
    return LabelMap(spec) if names_labels(spec) else ClassMap(spec)


class IdLookup:
    """Translates masks of stored ids to class ids, by one look-up table.

    Args:
        ids: labels by stored id.
        default: the label of all other ids; None: they are unknown.
    """

    def __init__(self, ids: Mapping[int, int], default: int | None) -> None:
        self._ids = dict(ids)
        self._default = default
        used = {*self._ids.values(), *(() if default is None else (default,))}
        # Unknown ids become a label that nothing else is; it may need a wider dtype than the others.
        self._unknown = min(set(range(len(used) + 1)).difference(used))
        highest = max(self._unknown, *used)
        self._dtype = np.min_scalar_type(highest)
        self._narrow = self._table(256)
        self._wide: Array | None = None

    def _table(self, size: int) -> Array:
        table = np.full(size, self._unknown if self._default is None else self._default, self._dtype)
        for stored, label in self._ids.items():
            if 0 <= stored < size:
                table[stored] = label
        return table

    def translate(self, mask: Array) -> tuple[Array, Array | None]:
        """Look up each pixel.

        Args:
            mask: stored ids, (H, W), any integer dtype or bool.

        Returns:
            Labels, (H, W); and where ids are unknown, (H, W) bool, or None if they are all known.
        """
        labels = self._labels(mask)
        if self._default is not None:
            return labels, None
        unknown = labels == self._unknown
        return labels, unknown if unknown.any() else None

    def _labels(self, mask: Array) -> Array:
        if not mask.size:
            return np.zeros(mask.shape, self._dtype)
        if mask.dtype == bool:
            mask = mask.view(np.uint8)
        if mask.dtype != np.uint8:
            low, high = int(mask.min()), int(mask.max())
            if low < 0 or high > MAX_CLASS:
                return self._searched(mask)
            if high > np.iinfo(np.uint8).max:
                if self._wide is None:
                    self._wide = self._table(MAX_CLASS + 1)
                return self._wide.take(mask, mode="clip")
            mask = mask.astype(np.uint8)
        return np.asarray(cv2.LUT(mask, self._narrow))

    def _searched(self, mask: Array) -> Array:
        """Look up ids that are negative, or too large for a table."""
        stored, inverse = np.unique(mask, return_inverse=True)
        other = self._unknown if self._default is None else self._default
        labels = np.array([self._ids.get(label, other) for label in stored.tolist()], self._dtype)
        return labels[inverse].reshape(mask.shape)


def _stored_id(key: Any) -> int:
    try:
        return operator.index(key)
    except TypeError:
        raise TypeError(
            f"class_map has the key {key!r}, a {type(key).__name__}; expected integers, the ids that masks hold, or "
            f'"{DEFAULT}" for all others'
        ) from None
