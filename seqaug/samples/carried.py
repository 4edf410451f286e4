"""The strings of samples when what holds them is sent to another process: all of them, or a few at a time.

The paths of ten million pairs are a gigabyte. Workers of this machine share one copy; to processes elsewhere they are
not sent at all, and each task brings those that it needs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

from seqaug.samples.packed import PackedStrings, Strings

# What was left behind so far, while a pickle is made that goes without; and what a task has brought, while it is done.
_left: ContextVar[list[Sequence[str]]] = ContextVar("left")
_brought: ContextVar[Sequence[Mapping[int, str]]] = ContextVar("brought", default=())


class NotBroughtError(BaseException):
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
            raise NotBroughtError(number) from None


def sendable(strings: Sequence[str]) -> Sequence[str]:
    """Give what stands for strings in a pickle: packed into arrays, or, inside `leaving_behind`, a stub."""
    try:
        left = _left.get()
    except LookupError:
        return PackedStrings(strings)
    left.append(strings)
    return AbsentStrings(len(left) - 1, len(strings))


@contextmanager
def leaving_behind(left: list[Sequence[str]]) -> Iterator[None]:
    """Collect the sequences of strings that what is pickled inside goes without."""
    token = _left.set(left)
    try:
        yield
    finally:
        _left.reset(token)


def brought_for(indices: Iterable[int], left: Sequence[Sequence[str]]) -> list[dict[int, str]]:
    """Take from each sequence that was left behind the strings of some samples."""
    wanted = set(indices)
    return [{index: strings[index] for index in wanted if index < len(strings)} for strings in left]


@contextmanager
def bringing(brought: Sequence[Mapping[int, str]]) -> Iterator[None]:
    """Have these strings at hand inside, in this thread."""
    token = _brought.set(brought)
    try:
        yield
    finally:
        _brought.reset(token)
