"""Checks of arguments, with errors in the user's terms."""

from __future__ import annotations

import math
import numbers
import operator
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

_UNITS = {"": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12, "KIB": 2**10, "MIB": 2**20, "GIB": 2**30}

# In a sample, the pixels that a transform made up, (H, W) bool, where there are maps of numbers.
MADE_UP: Final = "made_up"

_RESERVED = ("image", "mask", "index", "class_id", MADE_UP)
_KINDS = ("image", "mask", "value", "value_nearest")


def whole_number(name: str, value: Any, least: int) -> int:
    """Give an argument as an integer that is not below a bound.

    Raises:
        TypeError: it is no integer.
        ValueError: it is below the bound.
    """
    try:
        number = operator.index(value)
    except TypeError:
        raise TypeError(f"{name}={value!r}; expected an integer of at least {least}") from None
    if number < least:
        raise ValueError(f"{name}={number}; expected at least {least}")
    return number


def byte_count(name: str, value: Any) -> int:
    """Give an argument such as 500_000_000, "500MB" or "1.5 GiB" as a number of bytes.

    Raises:
        TypeError: it is neither an integer nor text.
        ValueError: the text is no number with a unit, or it is not above 0.
    """
    if isinstance(value, str):
        matched = re.fullmatch(r"\s*(\d+(?:\.\d*)?)\s*([a-z]*)\s*", value, re.IGNORECASE)
        if matched is None or matched[2].upper() not in _UNITS:
            raise ValueError(f'{name}={value!r}; expected a number of bytes, such as 500_000_000, "500MB" or "1.5GiB"')
        value = int(float(matched[1]) * _UNITS[matched[2].upper()])
    return whole_number(name, value, 1)


def described_bytes(count: int) -> str:
    """Say a number of bytes as people do: "8.1 GB"."""
    size, units = float(count), ["bytes", "KB", "MB", "GB", "TB", "PB"]
    while size >= 999.5 and len(units) > 1:
        size /= 1000
        units.pop(0)
    return f"{size:.3g} {units[0]}"


def positive_number(name: str, value: Any, most: float = math.inf) -> float:
    """Give an argument as a number above 0 that is not above a bound.

    Raises:
        TypeError: it is no number.
        ValueError: it is not above 0, or above the bound, or not finite.
    """
    expected = "expected a number above 0" + ("" if math.isinf(most) else f" and up to {most}")
    if not isinstance(value, numbers.Real):
        raise TypeError(f"{name}={value!r}; {expected}")
    number = float(value)
    if not (0 < number <= most and math.isfinite(number)):
        raise ValueError(f"{name}={value!r}; {expected}")
    return number


def one_of(name: str, value: Any, choices: tuple[str, ...]) -> str:
    """Give an argument that is one of several words.

    Raises:
        ValueError: it is none of them.
    """
    if value not in choices:
        raise ValueError(f"{name}={value!r}; expected one of {', '.join(map(repr, choices))}")
    return str(value)


def output_file(name: str, path: str | os.PathLike[str], suffixes: Sequence[str]) -> Path:
    """Check, before any work is done, that a file can be written.

    Args:
        name: of the argument, for messages.
        path: the file.
        suffixes: that it may have, in lower case.

    Raises:
        ValueError: it has another suffix, is a folder, or lies in none or in one that may not be written to.
    """
    file, said = Path(path), f"{name}={os.fspath(path)!r}"
    if file.is_dir():
        raise ValueError(f"{said} is a folder; expected a file in it, such as {str(file / ('name' + suffixes[0]))!r}")
    if file.suffix.lower() not in suffixes:
        found = f"ends in {file.suffix!r}" if file.suffix else "has no suffix"
        kinds = " or ".join(filter(None, (", ".join(suffixes[:-1]), suffixes[-1])))
        raise ValueError(f"{said} {found}, which says of which kind the file is; expected {kinds}")
    if not file.parent.is_dir():
        raise ValueError(f"{said}: there is no folder {str(file.parent)!r}; make it first, or correct the path")
    if not os.access(file if file.exists() else file.parent, os.W_OK):
        raise ValueError(f"{said} may not be written; expected a file in a folder of your own")
    return file


def output_folder(name: str, path: str | os.PathLike[str]) -> Path:
    """Check, before any work is done, that files can be written into a folder, which need not exist.

    Args:
        name: of the argument, for messages.
        path: the folder.

    Raises:
        ValueError: there is a file of its name or above it, or it may not be written to.
    """
    folder, said = Path(path), f"{name}={os.fspath(path)!r}"
    nearest = next(parent for parent in (folder, *folder.absolute().parents) if parent.exists())
    if not nearest.is_dir():
        raise ValueError(f"{said}: {str(nearest)!r} is a file; expected a folder, or one that can be made")
    if not os.access(nearest, os.W_OK):
        raise ValueError(f"{said}: {str(nearest)!r} may not be written to; expected a folder of your own")
    return folder


def height_and_width(name: str, value: Any) -> tuple[int, int]:
    """Give a size argument as two integers.

    Raises:
        TypeError, ValueError: it is not two integers of at least 1.
    """
    try:
        height, width = value
    except (TypeError, ValueError):
        raise ValueError(f"{name}={value!r}; expected (height, width), such as (256, 512)") from None
    return whole_number(f"{name}'s height", height, 1), whole_number(f"{name}'s width", width, 1)


def target_kinds(additional_targets: Mapping[str, str] | None) -> dict[str, str]:
    """Give additional targets as a dict of names and kinds.

    Raises:
        ValueError: a name is taken, or a kind is unknown.
    """
    targets = dict(additional_targets or {})
    for name, kind in targets.items():
        if name in _RESERVED:
            raise ValueError(f"additional_targets names {name!r}, which every sample has; expected another name")
        if kind not in _KINDS:
            raise ValueError(
                f'additional_targets={{{name!r}: {kind!r}}}; expected "image", "mask" (labels), "value" (numbers, '
                'such as depth) or "value_nearest" (numbers with holes, or ids)'
            )
    return targets
