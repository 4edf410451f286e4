"""The order in which people number files: `img2` before `img10`."""

from __future__ import annotations

import re

_DIGITS = re.compile(r"([0-9]+)")


def natural_key(path: str) -> tuple[tuple[tuple[str | int, ...], ...], str]:
    """Give the key that sorts relative paths in natural order, the same on every machine.

    Folder by folder, digits count as numbers and all else by its code points. What that leaves alike, such as `a1` and
    `a01`, is ordered as text.

    Args:
        path: with "/" between folders.
    """
    return tuple(_parts(folder) for folder in path.split("/")), path


def _parts(name: str) -> tuple[str | int, ...]:
    # Text and digits take turns, so that parts at the same place can always be compared.
    return tuple(int(part) if place % 2 else part for place, part in enumerate(_DIGITS.split(name)))
