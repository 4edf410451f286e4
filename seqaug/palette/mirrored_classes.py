"""Classes that swap ids when a sample is mirrored, such as left and right organs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from seqaug.utils.validation import whole_number

Pairs = list[tuple[int, int]]

# Words for the two sides in names; "lh" and "rh" are the hemispheres in brain atlases.
_OTHER_SIDE = {"left": "right", "l": "r", "lh": "rh"}
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_EXAMPLE = 'such as [("left lung", "right lung")]'


def mirrored_pairs(
    mirrored_classes: Any, names: Sequence[str] | None, num_classes: int | None, ignore_index: int | None
) -> Pairs:
    """Give the ids of the classes that swap in a mirrored sample.

    Args:
        mirrored_classes: pairs of names, or of ids where there are no `names`; None: no pairs.
        names: the names of the classes in id order, or None without a palette.
        num_classes: the number of classes, or None.
        ignore_index: the label that is not a class, or None.

    Raises:
        TypeError: they are not pairs of names (of ids, without a palette).
        ValueError: a class is unknown, ignored, or in two pairs.
    """
    if mirrored_classes is None:
        return []
    pairs = [
        (_id_of(pair[0], names, num_classes), _id_of(pair[1], names, num_classes))
        for pair in _checked_pairs(mirrored_classes)
    ]
    seen: set[int] = set()
    for left, right in pairs:
        if left == right or left in seen or right in seen:
            repeated = left if left == right or left in seen else right
            raise ValueError(
                f"mirrored_classes has the class {repeated if names is None else names[repeated]!r} twice; expected "
                "each class in one pair"
            )
        if ignore_index in (left, right):
            raise ValueError(f"mirrored_classes has {ignore_index}, which is the ignore_index; expected classes")
        seen |= {left, right}
    return pairs


def _checked_pairs(mirrored_classes: Any) -> list[tuple[Any, Any]]:
    given = list(mirrored_classes) if isinstance(mirrored_classes, Iterable) else [mirrored_classes]
    if not all(isinstance(pair, list | tuple | np.ndarray) and len(pair) == 2 for pair in given):
        raise TypeError(f"mirrored_classes={mirrored_classes!r}; expected a list of pairs, {_EXAMPLE}")
    return [(pair[0], pair[1]) for pair in given]


def _id_of(side: Any, names: Sequence[str] | None, num_classes: int | None) -> int:
    if names is not None:
        if not isinstance(side, str):
            raise TypeError(f"mirrored_classes has {side!r}; expected names of the palette's classes, {_EXAMPLE}")
        if side not in names:
            raise ValueError(
                f"mirrored_classes has {side!r}, which is not in the palette; expected two of {list(names)}"
            )
        return list(names).index(side)
    if isinstance(side, str):
        raise TypeError(
            f"mirrored_classes has {side!r}, and without a palette classes have no names; expected class ids, such as "
            "[(1, 2)], or palette="
        )
    number = whole_number("mirrored_classes", side, 0)
    if num_classes is not None and number >= num_classes:
        raise ValueError(f"mirrored_classes has the class id {number}; expected ids below num_classes={num_classes}")
    return number


def left_right_pairs(names: Sequence[str]) -> Pairs:
    """Find names that differ only in the word for the side: "left lung" and "right lung", "L_hand" and "R_hand".

    Words end at spaces, punctuation, digits and inner capitals ("HandLeft"), so "bright" and "leftover" do not match.

    Args:
        names: the names of the classes, in id order.

    Returns:
        The ids of the left and the right class of each pair.
    """
    by_words: dict[tuple[str, ...], int] = {}
    for number, name in enumerate(names):
        by_words.setdefault(_words(name), number)
    pairs = []
    for words, left in by_words.items():
        mirrored = tuple(_OTHER_SIDE.get(word, word) for word in words)
        right = by_words.get(mirrored)
        if mirrored != words and right is not None:
            pairs.append((left, right))
    return pairs


def _words(name: str) -> tuple[str, ...]:
    return tuple(word.lower() for word in _WORDS.findall(name))
