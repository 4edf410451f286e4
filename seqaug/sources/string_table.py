"""Strings of all samples: packed into an array that local workers share, or sent only where they are needed."""

from __future__ import annotations

import os
from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, overload

import numpy as np


class Strings(Sequence[str]):
    """A sequence of strings, each of which `_get` produces on demand."""

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> list[str]: ...
    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return [self._get(i) for i in range(len(self))[index]]
        return self._get(range(len(self))[index])

    @abstractmethod
    def _get(self, index: int) -> str:
        """Return one string; the index is not negative."""


class PackedStrings(Strings):
    """A sequence of paths that takes little more memory than their characters, and pickles as two arrays."""

    def __init__(self, strings: Sequence[str]) -> None:
        encoded = [os.fsencode(string) for string in strings]
        self._characters = np.frombuffer(b"".join(encoded), np.uint8)
        self._ends = np.cumsum([len(string) for string in encoded], dtype=np.int64)

    def __len__(self) -> int:
        return len(self._ends)

    def _get(self, index: int) -> str:
        start = self._ends[index - 1] if index else 0
        return os.fsdecode(self._characters[start : self._ends[index]].tobytes())


# Sequences stripped so far, inside `strip_strings`; and the strings at hand, inside `provide_strings`.
_stripped: ContextVar[list[Sequence[str]]] = ContextVar("stripped")
_provided: ContextVar[Sequence[Mapping[int, str]]] = ContextVar("provided", default=())


class MissingStringsError(BaseException):
    """A stripped string was used that nobody provided.

    It is a signal to the sender, not an error of a sample, and so no `Exception`: handlers of those let it pass.
    """


class StrippedStrings(Strings):
    """A placeholder for strings that a pickle goes without; inside `provide_strings` it has those provided.

    Args:
        number: its place among the stripped sequences.
        length: number of strings.
    """

    def __init__(self, number: int, length: int) -> None:
        self._number = number
        self._length = length

    def __len__(self) -> int:
        return self._length

    def _get(self, index: int) -> str:
        try:
            return _provided.get()[self._number][index]
        except LookupError:
            raise MissingStringsError(index) from None


def pack_strings(strings: Sequence[str]) -> Sequence[str]:
    """Return what to pickle in place of strings: packed arrays, or, inside `strip_strings`, a placeholder."""
    try:
        stripped = _stripped.get()
    except LookupError:
        return PackedStrings(strings)
    stripped.append(strings)
    return StrippedStrings(len(stripped) - 1, len(strings))


@contextmanager
def strip_strings(stripped: list[Sequence[str]]) -> Iterator[None]:
    """Pickle placeholders in place of strings inside this context, and append the strings to `stripped`."""
    token = _stripped.set(stripped)
    try:
        yield
    finally:
        _stripped.reset(token)


def strings_for(indices: Iterable[int], stripped: Sequence[Sequence[str]]) -> list[dict[int, str]]:
    """Select the strings of some samples from each stripped sequence, for `provide_strings`."""
    wanted = set(indices)
    return [{index: strings[index] for index in wanted if index < len(strings)} for strings in stripped]


@contextmanager
def provide_strings(strings: Sequence[Mapping[int, str]]) -> Iterator[None]:
    """Fill placeholders with these strings inside this context, in this thread."""
    token = _provided.set(strings)
    try:
        yield
    finally:
        _provided.reset(token)
