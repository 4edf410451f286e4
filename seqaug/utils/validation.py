"""Validation of arguments, with errors in the user's terms."""

from __future__ import annotations

import math
import numbers
import operator
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Literal, TypeVar, get_args

_UNITS = {"": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12, "KIB": 2**10, "MIB": 2**20, "GIB": 2**30}

ChoiceT = TypeVar("ChoiceT", bound=str)

# Key of a sample: pixels that a transform filled, (H, W) bool, present with value maps.
FILLED: Final = "filled"

_RESERVED = ("image", "mask", "index", "class_id", FILLED)
TargetKind = Literal["image", "mask", "value", "value_nearest"]


def whole_number(name: str, value: Any, minimum: int) -> int:
    """Validate an integer with a minimum.

    Raises:
        TypeError: not an integer.
        ValueError: below the minimum.
    """
    try:
        number = operator.index(value)
    except TypeError:
        raise TypeError(f"{name}={value!r}; expected an integer of at least {minimum}") from None
    if number < minimum:
        raise ValueError(f"{name}={number}; expected at least {minimum}")
    return number


def byte_count(name: str, value: Any) -> int:
    """Convert a size such as 500_000_000, "500MB" or "1.5 GiB" to a number of bytes.

    Raises:
        TypeError: neither an integer nor a string.
        ValueError: a string that is not a number with a unit, or a number below 1.
    """
    if isinstance(value, str):
        matched = re.fullmatch(r"\s*(\d+(?:\.\d*)?)\s*([a-z]*)\s*", value, re.IGNORECASE)
        if matched is None or matched[2].upper() not in _UNITS:
            raise ValueError(f'{name}={value!r}; expected a number of bytes, such as 500_000_000, "500MB" or "1.5GiB"')
        value = int(float(matched[1]) * _UNITS[matched[2].upper()])
    return whole_number(name, value, 1)


def format_bytes(count: int) -> str:
    """Format a number of bytes for people: "8.1 GB"."""
    size, units = float(count), ["bytes", "KB", "MB", "GB", "TB", "PB"]
    while size >= 999.5 and len(units) > 1:
        size /= 1000
        units.pop(0)
    return f"{size:.3g} {units[0]}"


def positive_number(name: str, value: Any, maximum: float = math.inf) -> float:
    """Validate a positive number with a maximum.

    Raises:
        TypeError: not a number.
        ValueError: not above 0, above the maximum, or not finite.
    """
    expected = "expected a number above 0" + ("" if math.isinf(maximum) else f" and up to {maximum}")
    if not isinstance(value, numbers.Real):
        raise TypeError(f"{name}={value!r}; {expected}")
    number = float(value)
    if not (0 < number <= maximum and math.isfinite(number)):
        raise ValueError(f"{name}={value!r}; {expected}")
    return number


def one_of(name: str, value: Any, choices: tuple[ChoiceT, ...]) -> ChoiceT:
    """Validate a choice.

    Raises:
        ValueError: not one of the choices.
    """
    if value not in choices:
        raise ValueError(f"{name}={value!r}; expected one of {', '.join(map(repr, choices))}")
    return choices[choices.index(value)]


def output_file(name: str, path: str | os.PathLike[str], suffixes: Sequence[str]) -> Path:
    """Validate the path of an output file, before any work is done.

    Args:
        name: the argument's name, for messages.
        path: the file.
        suffixes: allowed suffixes, in lower case.

    Raises:
        ValueError: another suffix, a folder, or a folder around it that is missing or not writable.
    """
    file, given = Path(path), f"{name}={os.fspath(path)!r}"
    if file.is_dir():
        raise ValueError(f"{given} is a folder; expected a file in it, such as {str(file / ('name' + suffixes[0]))!r}")
    if file.suffix.lower() not in suffixes:
        found = f"ends in {file.suffix!r}" if file.suffix else "has no suffix"
        formats = " or ".join(filter(None, (", ".join(suffixes[:-1]), suffixes[-1])))
        raise ValueError(f"{given} {found}, but the suffix sets the file format; expected {formats}")
    if not file.parent.is_dir():
        raise ValueError(f"{given}: there is no folder {str(file.parent)!r}; create it first, or correct the path")
    if not os.access(file if file.exists() else file.parent, os.W_OK):
        raise ValueError(f"{given} is not writable; expected a file in a folder of your own")
    return file


def output_folder(name: str, path: str | os.PathLike[str]) -> Path:
    """Validate the path of an output folder, which need not exist, before any work is done.

    Args:
        name: the argument's name, for messages.
        path: the folder.

    Raises:
        ValueError: it or a parent is a file, or it is not writable.
    """
    folder, given = Path(path), f"{name}={os.fspath(path)!r}"
    nearest = next(parent for parent in (folder, *folder.absolute().parents) if parent.exists())
    if not nearest.is_dir():
        raise ValueError(f"{given}: {str(nearest)!r} is a file; expected a folder, existing or new")
    if not os.access(nearest, os.W_OK):
        raise ValueError(f"{given}: {str(nearest)!r} is not writable; expected a folder of your own")
    return folder


def height_and_width(name: str, value: Any) -> tuple[int, int]:
    """Validate a (height, width) argument.

    Raises:
        TypeError, ValueError: not two integers of at least 1.
    """
    try:
        height, width = value
    except (TypeError, ValueError):
        raise ValueError(f"{name}={value!r}; expected (height, width), such as (256, 512)") from None
    return whole_number(f"{name}'s height", height, 1), whole_number(f"{name}'s width", width, 1)


def target_kinds(additional_targets: Mapping[str, str] | None) -> dict[str, str]:
    """Validate additional targets, as a dict of names and kinds.

    Raises:
        ValueError: a reserved name, or an unknown kind.
    """
    targets = dict(additional_targets or {})
    for name, kind in targets.items():
        if name in _RESERVED:
            raise ValueError(f"additional_targets names {name!r}, which every sample has; expected another name")
        if kind not in get_args(TargetKind):
            raise ValueError(
                f'additional_targets={{{name!r}: {kind!r}}}; expected "image", "mask" (labels), "value" (numbers, '
                'such as depth) or "value_nearest" (numbers with holes, or ids)'
            )
    return targets
