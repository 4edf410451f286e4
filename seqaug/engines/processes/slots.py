"""Slots of memory that this process shares with its workers."""

from __future__ import annotations

import mmap
import os
import threading
import weakref
from collections import deque
from typing import Any, NamedTuple

import numpy as np

from seqaug.core.shared_memory import anonymous_file
from seqaug.engines.processes.mapping import can_free_pages, free_pages, map_shared

Array = np.ndarray[Any, np.dtype[np.uint8]]


class Slot(NamedTuple):
    """A range of the shared memory: offset and size in bytes, and its mapping in this process, (size,), uint8.

    `pool` identifies the slot's pool: offsets mean nothing in another one.
    """

    offset: int
    size: int
    mapping: Array
    pool: object


class SlotPool:
    """Slots of shared memory, each reused only when no view of it is left.

    A slot keeps no file descriptor, so any number of batches can be held.

    Args:
        keep: how many unused slots are kept; the memory of others is freed.

    Attributes:
        descriptor: the file descriptor by which workers map the same memory.
    """

    def __init__(self, keep: int) -> None:
        self.descriptor = anonymous_file()
        self._keep = keep
        self._end = 0
        self._lock = threading.Lock()
        self._free: list[Slot] = []
        # Ranges of the file outside of all slots, (offset, size), in file order.
        self._gaps: list[tuple[int, int]] = []
        # Filled by finalizers, which run at any point and must not wait for a lock.
        self._released: deque[Slot] = deque()
        self._is_closed = False
        # Identifies this pool in its slots without a reference to it.
        self._identity = object()

    def __contains__(self, slot: Slot) -> bool:
        return slot.pool is self._identity

    def acquire(self, size: int) -> Slot:
        """Take a slot of at least `size` bytes.

        Raises:
            MemoryError: the system has too little shared memory.
        """
        with self._lock:
            while self._released:
                self._free.append(self._released.popleft())
            fitting = min((slot for slot in self._free if slot.size >= size), key=lambda slot: slot.size, default=None)
            if fitting is not None:
                self._free = [slot for slot in self._free if slot is not fitting]
                while len(self._free) > self._keep:
                    self._discard(self._free.pop())
                return fitting
            # Batches have grown: slots that are too small would never be used again.
            while self._free:
                self._discard(self._free.pop())
            size = -(-max(size, 1) // mmap.ALLOCATIONGRANULARITY) * mmap.ALLOCATIONGRANULARITY
            return self._allocate(size)

    def view(self, slot: Slot) -> Array:
        """Return a slot's memory, (size,), uint8; the slot is released when no view of it is left."""
        # A view of an array refers to the array's base and not to the array; this object is the base.
        memory = np.frombuffer(slot.mapping.data, np.uint8)
        weakref.finalize(memory, self.release, slot).atexit = False
        return memory

    def release(self, slot: Slot) -> None:
        """Make a slot available again."""
        if not self._is_closed:
            self._released.append(slot)

    def close(self) -> None:
        """Free all memory without views; the rest is freed with its last view."""
        self._is_closed = True
        self._released.clear()
        self._free.clear()
        os.close(self.descriptor)

    def after_fork(self) -> None:
        """Close the descriptor in a fork; existing views stay."""
        self._is_closed = True
        os.close(self.descriptor)

    def _allocate(self, size: int) -> Slot:
        offset = next((offset for offset, length in self._gaps if length >= size), None)
        try:
            if offset is None:
                offset = self._end
                os.ftruncate(self.descriptor, offset + size)
                self._gaps.append((offset, size))
                self._end += size
            # Allocate the pages now: a later shortage would kill the process instead of raising.
            if hasattr(os, "posix_fallocate"):
                os.posix_fallocate(self.descriptor, offset, size)
            slot = Slot(offset, size, map_shared(self.descriptor, size, offset), self._identity)
        except OSError as error:
            raise MemoryError(
                f"no {size / 2**20:.0f} MB of shared memory for another batch ({error.strerror}); expected room for "
                "the batches in flight: choose a smaller batch_size, image_size or max_queue_size, or rescale=None"
            ) from error
        number = next(number for number, gap in enumerate(self._gaps) if gap[0] == offset)
        length = self._gaps.pop(number)[1]
        if length > size:
            self._gaps.insert(number, (offset + size, length - size))
        return slot

    def _discard(self, slot: Slot) -> None:
        """Free a slot's memory, and its range of the file for other slots."""
        # Workers may still map the slot, so its pages are removed from the file itself.
        if can_free_pages():
            free_pages(slot.mapping)
        merged: list[tuple[int, int]] = []
        for offset, length in sorted([*self._gaps, (slot.offset, slot.size)]):
            if merged and sum(merged[-1]) == offset:
                merged[-1] = (merged[-1][0], merged[-1][1] + length)
            else:
                merged.append((offset, length))
        self._gaps = merged
