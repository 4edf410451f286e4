"""Memory that this process shares with its workers, lent out in slots."""

from __future__ import annotations

import mmap
import os
import threading
import weakref
from collections import deque
from typing import Any, NamedTuple

import numpy as np

from seqaug.core.shared_memory import anonymous_file
from seqaug.engines.processes.mapping import can_remove, map_shared, remove

Array = np.ndarray[Any, np.dtype[np.uint8]]


class Slot(NamedTuple):
    """A stretch of the shared memory: where it begins, how long it is, and its mapping in this process, uint8.

    `arena` is the one that it is a part of, for comparing: offsets mean nothing in another.
    """

    offset: int
    size: int
    mapping: Array
    arena: object


class SlotPool:
    """Slots of shared memory. A slot is used again only when nobody holds the memory that was lent.

    A slot takes no descriptor, so that any number of batches can be held.

    Args:
        keep: how many slots that nobody holds are kept for the next use; the memory of others is given back.

    Attributes:
        descriptor: the file descriptor by which workers map the same memory.
    """

    def __init__(self, keep: int) -> None:
        self.descriptor = anonymous_file()
        self._keep = keep
        self._end = 0
        self._lock = threading.Lock()
        self._free: list[Slot] = []
        # Stretches of the file that belong to no slot, (offset, size), in the order of the file.
        self._gaps: list[tuple[int, int]] = []
        # Filled by finalizers, which run in the middle of anything and must not wait for a lock.
        self._returned: deque[Slot] = deque()
        self._is_closed = False
        # Stands for this arena in its slots, which do not keep it alive.
        self._self = object()

    def __contains__(self, slot: Slot) -> bool:
        return slot.arena is self._self

    def acquire(self, size: int) -> Slot:
        """Take a slot of at least so many bytes.

        Raises:
            MemoryError: the system has not so much memory to share.
        """
        with self._lock:
            while self._returned:
                self._free.append(self._returned.popleft())
            fitting = min((slot for slot in self._free if slot.size >= size), key=lambda slot: slot.size, default=None)
            if fitting is not None:
                self._free = [slot for slot in self._free if slot is not fitting]
                while len(self._free) > self._keep:
                    self._discard(self._free.pop())
                return fitting
            # Batches have become larger: slots that are too small would never be used again.
            while self._free:
                self._discard(self._free.pop())
            size = -(-max(size, 1) // mmap.ALLOCATIONGRANULARITY) * mmap.ALLOCATIONGRANULARITY
            return self._made(size)

    def lend(self, slot: Slot) -> Array:
        """Give the memory of a slot, (size,), uint8; the slot comes back when no view of it is left."""
        # Views of an array refer to what it is a view of, and past it; this one stands in the middle.
        memory = np.frombuffer(slot.mapping.data, np.uint8)
        weakref.finalize(memory, self.release, slot).atexit = False
        return memory

    def release(self, slot: Slot) -> None:
        """Give a slot back."""
        if not self._is_closed:
            self._returned.append(slot)

    def close(self) -> None:
        """Give all memory back to the system but what is lent, which stays with those who hold it."""
        self._is_closed = True
        self._returned.clear()
        self._free.clear()
        os.close(self.descriptor)

    def after_fork(self) -> None:
        """Close the descriptor, in a fork; what is lent stays."""
        self._is_closed = True
        os.close(self.descriptor)

    def _made(self, size: int) -> Slot:
        offset = next((offset for offset, length in self._gaps if length >= size), None)
        try:
            if offset is None:
                offset = self._end
                os.ftruncate(self.descriptor, offset + size)
                self._gaps.append((offset, size))
                self._end += size
            # Ask for the memory now: later, too little of it would end the process instead of raising.
            if hasattr(os, "posix_fallocate"):
                os.posix_fallocate(self.descriptor, offset, size)
            slot = Slot(offset, size, map_shared(self.descriptor, size, offset), self._self)
        except OSError as error:
            raise MemoryError(
                f"no {size / 2**20:.0f} MB of shared memory for another batch ({error.strerror}); expected room for "
                "the batches in hand: choose a smaller batch_size, image_size or max_queue_size, or rescale=None"
            ) from error
        place = next(place for place, gap in enumerate(self._gaps) if gap[0] == offset)
        length = self._gaps.pop(place)[1]
        if length > size:
            self._gaps.insert(place, (offset + size, length - size))
        return slot

    def _discard(self, slot: Slot) -> None:
        """Give the memory of a slot that nobody holds back to the system, and its place in the file to other slots."""
        # Workers may still map the slot, so its pages are taken out of the file itself.
        if can_remove():
            remove(slot.mapping)
        merged: list[tuple[int, int]] = []
        for offset, length in sorted([*self._gaps, (slot.offset, slot.size)]):
            if merged and sum(merged[-1]) == offset:
                merged[-1] = (merged[-1][0], merged[-1][1] + length)
            else:
                merged.append((offset, length))
        self._gaps = merged
