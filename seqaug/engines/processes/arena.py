"""Memory that this process shares with its workers, lent out in slots."""

from __future__ import annotations

import mmap
import os
import threading
import weakref
from collections import deque
from typing import Any, NamedTuple

import numpy as np

from seqaug.shared_file import anonymous_file

Array = np.ndarray[Any, np.dtype[np.uint8]]


class Slot(NamedTuple):
    """A stretch of the shared memory: where it begins, how long it is, and its mapping in this process."""

    offset: int
    size: int
    mapping: mmap.mmap


class Arena:
    """Slots of shared memory. A slot is used again only when nobody holds the memory that was lent.

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
        # Filled by finalizers, which run in the middle of anything and must not wait for a lock.
        self._returned: deque[Slot] = deque()
        self._is_closed = False

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
                self._free.remove(fitting)
                while len(self._free) > self._keep:
                    self.discard(self._free.pop())
                return fitting
            # Batches have become larger: slots that are too small would never be used again.
            while self._free:
                self.discard(self._free.pop())
            size = -(-max(size, 1) // mmap.ALLOCATIONGRANULARITY) * mmap.ALLOCATIONGRANULARITY
            offset = self._end
            self._grow(size)
            return Slot(offset, size, mmap.mmap(self.descriptor, size, offset=offset))

    def lend(self, slot: Slot) -> Array:
        """Give the memory of a slot, (size,), uint8; the slot comes back when no view of it is left."""
        memory = np.frombuffer(slot.mapping, np.uint8)
        weakref.finalize(memory, self.release, slot).atexit = False
        return memory

    def release(self, slot: Slot) -> None:
        """Give a slot back."""
        if not self._is_closed:
            self._returned.append(slot)

    @staticmethod
    def discard(slot: Slot) -> None:
        """Give the memory of a slot back to the system; the slot is not used again."""
        # Workers may still map the slot, so its pages are taken out of the file itself.
        if hasattr(mmap, "MADV_REMOVE"):
            slot.mapping.madvise(mmap.MADV_REMOVE)

    def close(self) -> None:
        """Give all memory back to the system but what is lent, which stays with those who hold it."""
        self._is_closed = True
        self._returned.clear()
        self._free.clear()
        os.close(self.descriptor)

    def _grow(self, size: int) -> None:
        try:
            os.ftruncate(self.descriptor, self._end + size)
            # Ask for the memory now: later, too little of it would end the process instead of raising.
            if hasattr(os, "posix_fallocate"):
                os.posix_fallocate(self.descriptor, self._end, size)
        except OSError as error:
            raise MemoryError(
                f"no {size / 2**20:.0f} MB of shared memory for another batch ({error.strerror}); expected room for "
                "the batches in hand: choose a smaller batch_size, image_size or max_queue_size, or rescale=None"
            ) from error
        self._end += size
