"""Groups of samples that a split keeps together, such as the frames of a video."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any

import numpy as np

from seqaug.utils.redaction import shown

Codes = np.ndarray[Any, np.dtype[np.int64]]
Groups = str | re.Pattern[str] | Callable[[str], Hashable] | Iterable[Hashable]

_EXPECTED = (
    "expected one group for each sample, a function of an image's path, or a regular expression with one group, such "
    r'as r"(patient\d+)"'
)


def group_codes(groups: Groups, images: Sequence[Any]) -> Codes:
    """Number the groups of samples.

    Args:
        groups: one value for each sample, a function of an image's path, or a regular expression that is searched in
            it and has one group.
        images: paths, or arrays.

    Returns:
        Numbers 0, 1, ... of the groups, in the order of their first samples, (N,), int64.

    Raises:
        TypeError: `groups` is none of these, or a group is not hashable.
        ValueError: there are more or fewer groups than samples, a sample has none, or all have the same.
    """
    if isinstance(groups, str | re.Pattern) or callable(groups):
        values = [_group_of(groups, image) for image in _paths(groups, images)]
    else:
        try:
            values = list(groups)
        except TypeError:
            raise TypeError(f"groups is a {type(groups).__name__}; {_EXPECTED}") from None
        if len(values) != len(images):
            raise ValueError(f"groups has {len(values)} values, and there are {len(images)} samples; {_EXPECTED}")
    numbers: dict[Hashable, int] = {}
    codes = np.empty(len(values), np.int64)
    for index, value in enumerate(values):
        if _is_missing(value):
            raise ValueError(f"sample {index}, {_name(images[index])}, has no group ({value!r}); {_EXPECTED}")
        try:
            codes[index] = numbers.setdefault(value, len(numbers))
        except TypeError:
            raise TypeError(
                f"the group of sample {index}, {_name(images[index])}, is a {type(value).__name__}; expected a string, "
                "a number or a tuple"
            ) from None
    if len(numbers) == 1 and len(values) > 1:
        raise ValueError(
            f"all {len(values)} samples are in one group, {values[0]!r}, which cannot be split; expected at least two "
            "groups"
        )
    return codes


def _paths(groups: Any, images: Sequence[Any]) -> list[str]:
    kind = "a function" if not isinstance(groups, str | re.Pattern) else f"the pattern {_text(groups)!r}"
    for image in images:
        if not isinstance(image, str | os.PathLike):
            raise TypeError(f"groups is {kind} of paths, and the images are arrays; expected one group for each sample")
    return [os.fspath(image) for image in images]


def _group_of(groups: Any, path: str) -> Hashable:
    if not isinstance(groups, str | re.Pattern):
        try:
            group: Hashable = groups(path)
        except Exception as error:
            raise ValueError(
                f"groups, a function, failed on {shown(path)} ({type(error).__name__}: {error}); expected the group of "
                "the image"
            ) from error
        return group
    try:
        pattern = re.compile(groups)
    except re.error as error:
        raise ValueError(f"groups={groups!r} is no regular expression ({error}); {_EXPECTED}") from None
    if pattern.groups != 1:
        raise ValueError(f"groups={pattern.pattern!r} has {pattern.groups} groups in parentheses; {_EXPECTED}")
    match = pattern.search(path)
    if match is None or match[1] is None:
        raise ValueError(
            f"groups={pattern.pattern!r} does not match {shown(path)}; expected a regular expression that finds the "
            "group of every image in its path"
        )
    return match[1]


def _is_missing(value: Hashable) -> bool:
    """Tell whether a table has no value here: None, NaN, or pandas' NA and NaT."""
    return (
        value is None or (isinstance(value, float) and value != value) or type(value).__name__ in ("NAType", "NaTType")
    )


def _text(groups: str | re.Pattern[str]) -> str:
    return groups if isinstance(groups, str) else groups.pattern


def _name(image: Any) -> str:
    return shown(image) if isinstance(image, str | os.PathLike) else "an array"
