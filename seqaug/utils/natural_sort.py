"""Natural sort order: `img2` before `img10`."""

from __future__ import annotations

import re

_DIGITS = re.compile(r"([0-9]+)")


def natural_key(path: str) -> tuple[tuple[tuple[str | int, ...], ...], str]:
    """Sort key of relative paths in natural order, the same on every machine.

    Folder by folder, runs of digits compare as numbers and other characters by code point. Ties, such as `a1` and
    `a01`, compare as text.

    Args:
        path: relative path with "/" between folders.
    """
    return tuple(_parts(folder) for folder in path.split("/")), path


def _parts(name: str) -> tuple[str | int, ...]:
    # Text and digits alternate, so that parts at the same position have the same type.
    return tuple(int(part) if position % 2 else part for position, part in enumerate(_DIGITS.split(name)))
