"""Many strings, and how they are packed into two arrays."""

from __future__ import annotations

import os
from abc import abstractmethod
from collections.abc import Sequence
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
