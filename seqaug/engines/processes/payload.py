"""Payloads: processors as workers get them, once, with large arrays in shared memory."""

from __future__ import annotations

import mmap
import os
import pickle
import re
import sys
import threading
import weakref
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

from seqaug.core.alignment import aligned
from seqaug.core.batch import row_bytes
from seqaug.core.layout import Layout
from seqaug.core.shared_memory import anonymous_file, attached_fds
from seqaug.engines.base import SampleProcessor
from seqaug.engines.processes.memmaps import Memmaps
from seqaug.engines.serialization import pickle_for_workers

Parts = list[tuple[int, int]]

# A module of this package in a pickle: the opcode of a short string, its length, the name.
_MODULE = re.compile(rb"\x8c.(%s\.[.\w]+)" % __name__.partition(".")[0].encode(), re.DOTALL)


class Payload:
    """A value in an anonymous file, ready to be sent.

    Functions and classes of `__main__` are sent by value, others by reference. Arrays are written uncopied into the
    file; memory-mapped ones are sent as ranges of their own files.

    Args:
        value: the value.

    Attributes:
        modules: names of this package's modules that loading it imports. Users' own may change before the next load.
        descriptors: of the file, and of the shared files inside the value, sent alongside; closed with this object.
        parts: (start, length) of each part in bytes: the pickle first, then the arrays.

    Raises:
        TypeError: a part of the value cannot be pickled.
        OSError: the file of a memory-mapped array is missing or was replaced.
    """

    def __init__(self, value: Any) -> None:
        data, buffers, attached = _pickled(value)
        self.modules = {name.decode() for name in _MODULE.findall(data)} & sys.modules.keys()
        self.parts: Parts = []
        self.descriptors = [anonymous_file(), *map(os.dup, attached)]
        weakref.finalize(self, close_all, self.descriptors).atexit = False
        end = 0
        with os.fdopen(os.dup(self.descriptors[0]), "wb") as file:
            for part in (memoryview(data), *(buffer.raw() for buffer in buffers)):
                file.seek(end)
                file.write(part)
                self.parts.append((end, part.nbytes))
                end += aligned(part.nbytes)
            file.truncate(max(end, 1))


def check_sendable(value: Any) -> None:
    """Check that a value can be sent, without writing a payload.

    Raises:
        TypeError, OSError: as for `Payload`.
    """
    _pickled(value)


def _pickled(value: Any) -> tuple[bytes, list[pickle.PickleBuffer], list[int]]:
    """Pickle a value: return the pickle, the memory of its arrays, and the descriptors of shared files inside it."""
    buffers: list[pickle.PickleBuffer] = []
    attached: list[int] = []
    with attached_fds(attached):
        data = pickle_for_workers(value, buffer_callback=buffers.append, reduce=Memmaps().reduce)
    return data, buffers, attached


def read_payload(descriptors: list[int], parts: Parts) -> Any:
    """Unpickle a payload; the arrays are read-only views of the shared memory.

    Args:
        descriptors: the payload's descriptors, which this function takes over.
        parts: the payload's parts.
    """
    file, *attached = descriptors
    memory = memoryview(mmap.mmap(file, 0, prot=mmap.PROT_READ))
    os.close(file)
    pieces = [memory[start : start + length] for start, length in parts]
    with attached_fds(attached):
        return pickle.loads(pieces[0], buffers=pieces[1:])


def close_all(descriptors: list[int]) -> None:
    """Close descriptors and empty the list, since their numbers may be used again."""
    while descriptors:
        os.close(descriptors.pop())


class SharedProcessor:
    """A processor that workers get.

    Attributes:
        number: by which tasks refer to it.
        payload: what workers get.
        describe: names a sample in messages.
        layout: layout of its last row, or of its largest one where rows have their own sizes; None before the first.
    """

    def __init__(self, number: int, processor: SampleProcessor) -> None:
        self.number = number
        self.payload = Payload(processor)
        self.describe = processor.describe
        self.layout: Layout | None = None

    def note_layout(self, layout: Layout, *, has_own_sizes: bool) -> None:
        """Note the layout of a row."""
        if not has_own_sizes or self.layout is None or row_bytes(layout) > row_bytes(self.layout):
            self.layout = layout


class SharedProcessors:
    """All shared processors that are alive.

    Args:
        wake: called when one was garbage-collected, as long as any of them lives.
    """

    def __init__(self, wake: Callable[[], None]) -> None:
        self._lock = threading.Lock()
        self._count = 0
        self._alive: weakref.WeakKeyDictionary[SampleProcessor, SharedProcessor] = weakref.WeakKeyDictionary()
        # Filled by finalizers, which run at any point and must not wait for a lock.
        self._garbage: deque[int] = deque()
        self._wake = wake

    def get(self, processor: SampleProcessor) -> SharedProcessor:
        """Return the shared processor of a processor, created at the first use.

        Raises:
            TypeError: it cannot be pickled.
        """
        with self._lock:
            if processor not in self._alive:
                self._alive[processor] = SharedProcessor(self._count, processor)
                weakref.finalize(processor, _on_garbage, self._garbage, self._wake, self._count).atexit = False
                self._count += 1
            return self._alive[processor]

    def clear(self) -> None:
        """Close the descriptors of all payloads, even of those that are still referenced."""
        with self._lock:
            for processor in self._alive.values():
                close_all(processor.payload.descriptors)
            self._alive.clear()

    def take_garbage(self) -> Iterator[int]:
        """Yield the numbers of those garbage-collected since the last call."""
        while self._garbage:
            yield self._garbage.popleft()


def _on_garbage(garbage: deque[int], wake: Callable[[], None], number: int) -> None:
    garbage.append(number)
    wake()
