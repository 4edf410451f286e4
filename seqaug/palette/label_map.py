"""Maps of labels to class ids: masks that are polygons, whose labels are names."""

from __future__ import annotations

import operator
from collections.abc import Mapping
from typing import Any, Final

from seqaug.reading.polygons import BACKGROUND_LABEL

DEFAULT: Final = "default"
MAX_CLASS: Final = 65_535
_SHOWN = 4

# Labels, in lower case, that mean pixels of no object.
BACKGROUND_LABELS: Final = (BACKGROUND_LABEL, "background", "unlabeled", "unlabelled")
_BACKGROUND = "background"


class LabelMap:
    """The class of each label of polygons. Immutable.

    Args:
        ids: class id by label, or None where its pixels are ignored; with the key "default", what all other labels
            become.

    Attributes:
        name: "".
        ids: the same, without "default".
        has_default: whether all labels are known.
        default: the class of other labels, or None where these are ignored, or unknown.
        background: the class outside of all polygons: that of a label of this meaning, such as "background"; else 0, if
            no label is; or None where nothing says it, or they are ignored.
        num_classes: the largest class id plus 1.
        missing: class ids below that, which neither a label nor the background becomes.
        has_ignored: whether pixels may be ignored.

    Raises:
        TypeError: a label is no text, or an id is not an integer.
        ValueError: there is no class, or a class id is out of range.
    """

    name: Final = ""

    def __init__(self, ids: Mapping[Any, int | None]) -> None:
        numbers = [key for key in ids if not isinstance(key, str)]
        if numbers:
            raise TypeError(
                f"class_map has labels, such as {next(key for key in ids if isinstance(key, str))!r}, and ids, such as "
                f"{numbers[0]!r}; expected the labels of polygons, or the ids that masks hold"
            )
        self.ids = {key: class_id(key, label) for key, label in ids.items() if key != DEFAULT}
        self.has_default = DEFAULT in ids
        self.default = class_id(DEFAULT, ids.get(DEFAULT))
        named = background_label(self.ids)
        self.background = self.ids[named] if named is not None else None if 0 in self.ids.values() else 0
        targets = {*self.ids.values(), *([self.default] if self.has_default else [])}
        if targets <= {None}:
            raise ValueError(f"class_map={dict(ids)!r} has no class; expected one label at least with a class id")
        known = {label for label in (*targets, self.background) if label is not None}
        self.num_classes = max(known) + 1
        self.missing = sorted(set(range(self.num_classes)) - known)
        self.has_ignored = None in targets

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, LabelMap):
            return NotImplemented
        return (self.ids, self.has_default, self.default) == (other.ids, other.has_default, other.default)

    def __hash__(self) -> int:
        return hash((tuple(self.ids.items()), self.has_default, self.default))

    def __str__(self) -> str:
        """The argument that creates the map, shortened."""
        items = [f"{label!r}: {number}" for label, number in list(self.ids.items())[:_SHOWN]]
        more = ["..."] * (len(self.ids) > _SHOWN)
        default = [f'"{DEFAULT}": {self.default}'] * self.has_default
        return f"{{{', '.join([*items, *more, *default])}}}"

    @property
    def class_names(self) -> list[str]:
        """The names of the classes, in id order: their labels, joined by "/" where several merge."""
        names = []
        for number in range(self.num_classes):
            labels = [label for label, other in self.ids.items() if other == number]
            unnamed = _BACKGROUND if number == self.background else DEFAULT
            names.append("/".join(labels) or unnamed)
        return names


def names_labels(ids: Mapping[Any, Any]) -> bool:
    """Return whether a map is of labels; one that says only what all become is, too."""
    return any(isinstance(key, str) and key != DEFAULT for key in ids) or list(ids) == [DEFAULT]


def background_label(labels: Any) -> str | None:
    """Return the label that means the background, if there is one."""
    lower = {label.casefold(): label for label in labels}
    return next((lower[label] for label in BACKGROUND_LABELS if label in lower), None)


def class_id(key: Any, label: Any) -> int | None:
    """Check a class id of a map, for a key that messages name; None stays.

    Raises:
        TypeError: it is not an integer.
        ValueError: it is out of range.
    """
    if label is None:
        return None
    try:
        number = operator.index(label)
    except TypeError:
        raise TypeError(
            f"class_map maps {key!r} to {label!r}, a {type(label).__name__}; expected a class id, or None to ignore it"
        ) from None
    if not 0 <= number <= MAX_CLASS:
        raise ValueError(
            f"class_map maps {key!r} to {number}; expected a class id from 0 to {MAX_CLASS}, or None to ignore it"
        )
    return number
