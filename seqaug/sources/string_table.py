"""Strings of all samples, packed into one array that workers share, or sent only where they are needed."""

from __future__ import annotations

import os
from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, overload

import numpy as np


class Strings(Sequence[str]):
    """A sequence of strings that gives them one by one, by `_at`."""

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> list[str]: ...
    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return [self._at(number) for number in range(len(self))[index]]
        return self._at(range(len(self))[index])

    @abstractmethod
    def _at(self, number: int) -> str:
        """Give a string by its number, from 0."""


class PackedStrings(Strings):
    """A sequence of paths that takes few bytes more than their characters, and is sent to other processes as arrays."""

    def __init__(self, strings: Sequence[str]) -> None:
        encoded = [os.fsencode(string) for string in strings]
        self._characters = np.frombuffer(b"".join(encoded), np.uint8)
        self._ends = np.cumsum([len(string) for string in encoded], dtype=np.int64)

    def __len__(self) -> int:
        return len(self._ends)

    def _at(self, number: int) -> str:
        start = self._ends[number - 1] if number else 0
        return os.fsdecode(self._characters[start : self._ends[number]].tobytes())


# What was left behind so far, while a pickle is made that goes without; and what a task has brought, while it is done.
_left: ContextVar[list[Sequence[str]]] = ContextVar("left")
_brought: ContextVar[Sequence[Mapping[int, str]]] = ContextVar("brought", default=())


class MissingStringsError(BaseException):
    """A string that no task has brought was asked for.

    It is a signal and no fault of a sample, and so passes by those who catch every `Exception`.
    """


class AbsentStrings(Strings):
    """Stands for strings that were left behind: it has those that a task brings, while the task is done.

    Args:
        number: which of the sequences that were left behind.
        length: how many strings it has.
    """

    def __init__(self, number: int, length: int) -> None:
        self._number = number
        self._length = length

    def __len__(self) -> int:
        return self._length

    def _at(self, number: int) -> str:
        try:
            return _brought.get()[self._number][number]
        except LookupError:
            raise MissingStringsError(number) from None


def sendable(strings: Sequence[str]) -> Sequence[str]:
    """Give what stands for strings in a pickle: packed into arrays, or, inside `strip_strings`, a stub."""
    try:
        left = _left.get()
    except LookupError:
        return PackedStrings(strings)
    left.append(strings)
    return AbsentStrings(len(left) - 1, len(strings))


@contextmanager
def strip_strings(left: list[Sequence[str]]) -> Iterator[None]:
    """Collect the sequences of strings that what is pickled inside goes without."""
    token = _left.set(left)
    try:
        yield
    finally:
        _left.reset(token)


def strings_for(indices: Iterable[int], left: Sequence[Sequence[str]]) -> list[dict[int, str]]:
    """Take from each sequence that was left behind the strings of some samples."""
    wanted = set(indices)
    return [{index: strings[index] for index in wanted if index < len(strings)} for strings in left]


@contextmanager
def provide_strings(brought: Sequence[Mapping[int, str]]) -> Iterator[None]:
    """Have these strings at hand inside, in this thread."""
    token = _brought.set(brought)
    try:
        yield
    finally:
        _brought.reset(token)
