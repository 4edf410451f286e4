"""Many strings in two arrays."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any, overload

import numpy as np


class PackedStrings(Sequence[str]):
    """A sequence of paths that takes few bytes more than their characters, and is sent to other processes as arrays."""

    def __init__(self, strings: Sequence[str]) -> None:
        encoded = [os.fsencode(string) for string in strings]
        self._characters = np.frombuffer(b"".join(encoded), np.uint8)
        self._ends = np.cumsum([len(string) for string in encoded], dtype=np.int64)

    def __len__(self) -> int:
        return len(self._ends)

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> list[str]: ...
    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return [self[number] for number in range(len(self))[index]]
        number = range(len(self))[index]
        start = self._ends[number - 1] if number else 0
        return os.fsdecode(self._characters[start : self._ends[number]].tobytes())
