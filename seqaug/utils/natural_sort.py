"""Natural sort order: `img2` before `img10`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

_NUMBERS = re.compile("0*([0-9]+)")


def natural_key(path: str) -> tuple[str, str]:
    """Sort key of relative paths in natural order, the same on every machine.

    Folder by folder, runs of digits compare as numbers and other characters by code point. Ties, such as `a1` and
    `a01`, compare as text.

    Args:
        path: relative path with "/" between folders.
    """
    return _encode(path), path


def natural_order(names: Sequence[str], paths: Sequence[str]) -> list[int]:
    """Return the indices that sort names by `natural_key`, and equal names by path.

    Args:
        names: relative paths with "/" between folders, (n,).
        paths: the path of each.
    """
    encoded = list(map(_encode, names))
    order = sorted(range(len(names)), key=encoded.__getitem__)
    if any(encoded[one] == encoded[other] for one, other in pairwise(order)):
        order.sort(key=lambda index: (natural_key(names[index]), paths[index]))
    return order


def _encode(path: str) -> str:
    # One string, because Python compares two strings far faster than tuples of parts. The end of a folder comes before
    # a number, and a number before any character, so these start with the lowest character.
    return _NUMBERS.sub(_encode_number, path.replace("\0", "\0\2").replace("/", "\0\0"))


def _encode_number(match: re.Match[str]) -> str:
    # Without leading zeros, the longer number is the larger one.
    digits = match[1]
    return f"\0\1{chr(len(digits))}{digits}"
