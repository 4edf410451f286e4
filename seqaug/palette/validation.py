"""Checks of a palette's arguments."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Mapping, Sequence, Set
from difflib import get_close_matches
from typing import Any

import numpy as np

from seqaug.palette.color_files import Color

MAX_COLORS = 65_536  # ids are uint16 at most
UNKNOWN_POLICIES = ("raise", "ignore", "nearest")


def checked_colors(colors: Mapping[str, Any]) -> dict[str, tuple[Color, ...]]:
    """Check and copy the colours of a palette.

    Args:
        colors: by name three integers of any kind, or a sequence of these.

    Returns:
        One colour or more by name.

    Raises:
        TypeError: not a mapping, or a name is not a string.
        ValueError: empty, too many names, a name is empty, a colour is not three integers from 0 to 255, or one
            occurs twice.
    """
    if not isinstance(colors, Mapping):
        raise TypeError(
            f"a palette of {type(colors).__name__}; expected a mapping of names to colours, such as "
            '{"sky": (128, 128, 128)}'
        )
    if not 1 <= len(colors) <= MAX_COLORS:
        raise ValueError(f"a palette of {len(colors)} colours; expected 1 to {MAX_COLORS}")
    checked: dict[str, tuple[Color, ...]] = {}
    name_of: dict[Color, str] = {}
    for name, channels in colors.items():
        if not isinstance(name, str):
            raise TypeError(f"the name {name!r} is {type(name).__name__}; expected a string, the name of a class")
        if not name:
            raise ValueError(f"the colour {channels!r} has an empty name; expected a name for each class")
        several = [_color(name, color) for color in channels] if _are_several(channels) else [_color(name, channels)]
        for color in several:
            if name_of.get(color) == name:
                raise ValueError(f"{name!r} has the colour {color} twice; expected each of its colours once")
            if color in name_of:
                raise ValueError(
                    f"{name_of[color]!r} and {name!r} are both {color}; masks cannot tell them apart: give them two "
                    "colours or one name"
                )
            name_of[color] = name
        checked[name] = tuple(several)
    return checked


def _are_several(channels: Any) -> bool:
    """Tell whether a palette's entry is a sequence of colours, and not one colour."""
    is_sequence = isinstance(channels, (Sequence, Set, np.ndarray)) and not isinstance(channels, str | bytes)
    return is_sequence and len(channels) > 0 and all(hasattr(color, "__len__") for color in channels)


def checked_ignore(ignore: Iterable[str], names: Iterable[str]) -> frozenset[str]:
    """Check and copy the ignored names of a palette.

    Raises:
        TypeError: `ignore` is a string.
        ValueError: one of them is not among `names`, or no name is left.
    """
    if isinstance(ignore, str):
        raise TypeError(f"ignore={ignore!r} is a string; expected several names, such as ignore=({ignore!r},)")
    ignored, known = frozenset(ignore), list(names)
    for name in sorted(ignored.difference(known), key=repr):
        close = get_close_matches(str(name), known, n=1) or known[:3]
        raise ValueError(
            f"ignore names {name!r}, which is not in the palette; expected names of the palette, such as "
            f"{', '.join(map(repr, close))}"
        )
    if len(ignored) == len(known):
        raise ValueError(f"all {len(known)} colours are ignored; expected at least one that is a class")
    return ignored


def checked_unknown(unknown: str, num_classes: int) -> str:
    """Check a palette's policy for unknown colours.

    Raises:
        ValueError: it is none of `UNKNOWN_POLICIES`, or "ignore" where classes take all ids.
    """
    if unknown not in UNKNOWN_POLICIES:
        raise ValueError(f"unknown={unknown!r}; expected one of {', '.join(map(repr, UNKNOWN_POLICIES))}")
    if unknown == "ignore" and num_classes == MAX_COLORS:
        raise ValueError(
            f'unknown="ignore" with {MAX_COLORS} classes leaves no id for the ignore index; use unknown="raise" or '
            '"nearest"'
        )
    return unknown


def checked_ignore_index(ignore_index: int, names: tuple[str, ...], has_ignored: bool) -> int:
    """Check the id of ignored pixels.

    Raises:
        TypeError: not an integer.
        ValueError: not an unsigned 16-bit number, or the id of a class although there are ignored colours.
    """
    try:
        index = operator.index(ignore_index)
    except TypeError:
        raise TypeError(f"ignore_index={ignore_index!r}; expected an integer from 0 to {MAX_COLORS - 1}") from None
    if not 0 <= index < MAX_COLORS:
        raise ValueError(f"ignore_index={index}; expected 0 to {MAX_COLORS - 1}, such as 255 (class ids are unsigned)")
    if has_ignored and index < len(names):
        raise ValueError(
            f"ignore_index={index} is the id of the class {names[index]!r}, and ignored pixels would become that "
            f"class; expected {len(names)} or more"
        )
    return index


def _color(name: str, channels: Any) -> Color:
    try:
        r, g, b = (operator.index(channel) for channel in channels)
    except (TypeError, ValueError):
        r = g = b = -1
    if not all(0 <= channel <= 255 for channel in (r, g, b)):
        raise ValueError(
            f"the colour of {name!r} is {channels!r}; expected three integers from 0 to 255: (red, green, blue); or a "
            "list of such colours, which are one class"
        )
    return r, g, b
