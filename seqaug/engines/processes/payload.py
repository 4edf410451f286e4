"""What workers are given once: a processor of samples, with its large arrays in memory that all of them share."""

from __future__ import annotations

import mmap
import os
import pickle
import threading
import weakref
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

from seqaug.core.alignment import aligned
from seqaug.core.layout import Layout
from seqaug.core.shared_memory import anonymous_file, attached_fds
from seqaug.engines.base import SampleProcessor
from seqaug.engines.processes.memmaps import Memmaps
from seqaug.engines.serialization import pickled

Parts = list[tuple[int, int]]


class Payload:
    """A value in an anonymous file, ready to be sent.

    Functions and classes of `__main__` go along whole; others by their name. Arrays are written as they are; of
    memory-mapped ones, where they lie in their files.

    Args:
        value: what is sent.

    Attributes:
        descriptors: of the file, and of the shared files inside the value, which go with it; closed with this object.
        parts: where the parts begin and how long they are: the pickle first, then the arrays.

    Raises:
        TypeError: something in the value cannot be sent to another process.
        OSError: the file of a memory-mapped array is not there any more, or another one is.
    """

    def __init__(self, value: Any) -> None:
        buffers: list[pickle.PickleBuffer] = []
        travelling: list[int] = []
        with attached_fds(travelling):
            data = pickled(value, buffer_callback=buffers.append, reduce=Memmaps().reduced)
        self.parts: Parts = []
        self.descriptors = [anonymous_file(), *map(os.dup, travelling)]
        weakref.finalize(self, close_all, self.descriptors).atexit = False
        end = 0
        with os.fdopen(os.dup(self.descriptors[0]), "wb") as file:
            for part in (memoryview(data), *(buffer.raw() for buffer in buffers)):
                file.seek(end)
                file.write(part)
                self.parts.append((end, part.nbytes))
                end += aligned(part.nbytes)
            file.truncate(max(end, 1))


def read_payload(descriptors: list[int], parts: Parts) -> Any:
    """Make the value anew; its arrays are read-only views of the shared memory.

    Args:
        descriptors: those of the payload, of which this function takes care.
        parts: those of the payload.
    """
    file, *travelling = descriptors
    memory = memoryview(mmap.mmap(file, 0, prot=mmap.PROT_READ))
    os.close(file)
    pieces = [memory[start : start + length] for start, length in parts]
    with attached_fds(travelling):
        return pickle.loads(pieces[0], buffers=pieces[1:])


def close_all(descriptors: list[int]) -> None:
    """Close descriptors and forget their numbers, which others may be given."""
    while descriptors:
        os.close(descriptors.pop())


class SharedProcessor:
    """One that workers were given.

    Attributes:
        number: by which tasks name it.
        payload: what workers get.
        describe: names a sample in messages.
        layout: what its last row looked like; None as long as there was none.
    """

    def __init__(self, number: int, processor: SampleProcessor) -> None:
        self.number = number
        self.payload = Payload(processor)
        self.describe = processor.describe
        self.layout: Layout | None = None


class SharedProcessors:
    """All that workers were given and that still live.

    Args:
        wake: called when one has become garbage.
    """

    def __init__(self, wake: Callable[[], None]) -> None:
        self._lock = threading.Lock()
        self._made = 0
        self._living: weakref.WeakKeyDictionary[SampleProcessor, SharedProcessor] = weakref.WeakKeyDictionary()
        # Filled by finalizers, which run in the middle of anything and must not wait for a lock.
        self._garbage: deque[int] = deque()
        self._wake = wake

    def of(self, processor: SampleProcessor) -> SharedProcessor:
        """Give what stands for a processor, new at its first use.

        Raises:
            TypeError: it cannot be sent to another process.
        """
        with self._lock:
            if processor not in self._living:
                self._living[processor] = SharedProcessor(self._made, processor)
                wake = weakref.WeakMethod(self._wake)
                weakref.finalize(processor, _discard, self._garbage, wake, self._made).atexit = False
                self._made += 1
            return self._living[processor]

    def clear(self) -> None:
        """Let go of the memory of all that workers were given, whoever holds what stands for it."""
        with self._lock:
            for processor in self._living.values():
                close_all(processor.payload.descriptors)
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
