"""What workers are given once: what makes their rows, with its large arrays in memory that all of them share."""

from __future__ import annotations

import mmap
import os
import pickle
import weakref
from typing import Any

from seqaug.engines.pickled import pickled
from seqaug.engines.processes.memmaps import Memmaps
from seqaug.shared_file import anonymous_file, passengers

_ALIGNMENT = 64

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
        with passengers(travelling):
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
                end += -(-part.nbytes // _ALIGNMENT) * _ALIGNMENT
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
    with passengers(travelling):
        return pickle.loads(pieces[0], buffers=pieces[1:])


def close_all(descriptors: list[int]) -> None:
    """Close descriptors and forget their numbers, which others may be given."""
    while descriptors:
        os.close(descriptors.pop())
