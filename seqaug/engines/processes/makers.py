"""What makes rows, as far as the pool may hold it: all but the thing itself, which must be free to become garbage."""

from __future__ import annotations

import threading
import weakref
from collections import deque
from collections.abc import Callable, Iterator

from seqaug.encoding import Layout
from seqaug.engines.base import RowMaker
from seqaug.engines.processes.payload import Payload, close_all


class Maker:
    """One that workers were given.

    Attributes:
        number: by which tasks name it.
        payload: what workers get.
        where: names a sample in messages.
        layout: what its last row looked like; None as long as there was none.
    """

    def __init__(self, number: int, maker: RowMaker) -> None:
        self.number = number
        self.payload = Payload(maker)
        self.where = maker.where
        self.layout: Layout | None = None


class Makers:
    """All that workers were given and that still live.

    Args:
        wake: called when one has become garbage.
    """

    def __init__(self, wake: Callable[[], None]) -> None:
        self._lock = threading.Lock()
        self._made = 0
        self._living: weakref.WeakKeyDictionary[RowMaker, Maker] = weakref.WeakKeyDictionary()
        # Filled by finalizers, which run in the middle of anything and must not wait for a lock.
        self._garbage: deque[int] = deque()
        self._wake = wake

    def of(self, maker: RowMaker) -> Maker:
        """Give what stands for a maker, new at its first use.

        Raises:
            TypeError: it cannot be sent to another process.
        """
        with self._lock:
            if maker not in self._living:
                self._living[maker] = Maker(self._made, maker)
                wake = weakref.WeakMethod(self._wake)
                weakref.finalize(maker, _discard, self._garbage, wake, self._made).atexit = False
                self._made += 1
            return self._living[maker]

    def clear(self) -> None:
        """Let go of the memory of all that workers were given, whoever holds what stands for it."""
        with self._lock:
            for maker in self._living.values():
                close_all(maker.payload.descriptors)
            self._living.clear()

    def garbage(self) -> Iterator[int]:
        """Take the numbers of those that have become garbage since the last time."""
        while self._garbage:
            yield self._garbage.popleft()


def _discard(garbage: deque[int], wake: weakref.WeakMethod[Callable[[], None]], number: int) -> None:
    garbage.append(number)
    living = wake()
    if living is not None:
        living()
