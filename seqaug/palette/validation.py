"""What a palette may be made of."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any

from seqaug.palette.color_files import Color

MOST_COLORS = 65_536  # ids are uint16 at most
UNKNOWN = ("raise", "ignore", "nearest")


def checked_colors(colors: Mapping[str, Any]) -> dict[str, Color]:
    """Copy the colours of a palette.

    Args:
        colors: any three integers by name.

    Raises:
        TypeError: not a mapping, or a name is no string.
        ValueError: empty, too many colours, a name is empty, a colour is not three integers from 0 to 255, or two
            names have the same colour.
    """
    if not isinstance(colors, Mapping):
        raise TypeError(
            f"a palette of {type(colors).__name__}; expected a mapping of names to colours, such as "
            '{"sky": (128, 128, 128)}'
        )
    if not 1 <= len(colors) <= MOST_COLORS:
        raise ValueError(f"a palette of {len(colors)} colours; expected 1 to {MOST_COLORS}")
    checked: dict[str, Color] = {}
    name_of: dict[Color, str] = {}
    for name, channels in colors.items():
        if not isinstance(name, str):
            raise TypeError(f"the name {name!r} is {type(name).__name__}; expected names of classes, which are strings")
        if not name:
            raise ValueError(f"the colour {channels!r} has an empty name; expected a name for each class")
        color = _color(name, channels)
        if color in name_of:
            raise ValueError(
                f"{name_of[color]!r} and {name!r} are both {color}; masks cannot tell them apart: give them two "
                "colours or one name"
            )
        name_of[color] = name
        checked[name] = color
    return checked


def checked_ignore(ignore: Iterable[str], names: Iterable[str]) -> frozenset[str]:
    """Copy the names of a palette that are no classes.

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
    """Check what a palette does with colours it does not have.

    Raises:
        ValueError: it is none of `UNKNOWN`, or "ignore" where classes take all ids.
    """
    if unknown not in UNKNOWN:
        raise ValueError(f"unknown={unknown!r}; expected one of {', '.join(map(repr, UNKNOWN))}")
    if unknown == "ignore" and num_classes == MOST_COLORS:
        raise ValueError(
            f'unknown="ignore" with {MOST_COLORS} classes leaves no id for the ignore index; use unknown="raise" or '
            '"nearest"'
        )
    return unknown


def checked_ignore_index(ignore_index: int, names: tuple[str, ...], has_ignored: bool) -> int:
    """Check the id that ignored pixels have.

    Raises:
        TypeError: not an integer.
        ValueError: it is no unsigned 16-bit number, or the id of a class where there are ignored pixels.
    """
    try:
        index = operator.index(ignore_index)
    except TypeError:
        raise TypeError(f"ignore_index={ignore_index!r}; expected an integer from 0 to {MOST_COLORS - 1}") from None
    if not 0 <= index < MOST_COLORS:
        raise ValueError(f"ignore_index={index}; expected 0 to {MOST_COLORS - 1}, such as 255 (class ids are unsigned)")
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
            f"the colour of {name!r} is {channels!r}; expected three integers from 0 to 255: (red, green, blue)"
        )
    return r, g, b
