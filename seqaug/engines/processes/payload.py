"""What workers are given once: a pipeline, with its large arrays in memory that all of them share."""

from __future__ import annotations

import mmap
import os
import pickle
from typing import Any

import cloudpickle

from seqaug.engines.processes.arena import anonymous_file

_ALIGNMENT = 64


def write_payload(value: Any) -> tuple[int, list[tuple[int, int]]]:
    """Write a value into an anonymous file.

    Functions and classes of `__main__` go along whole; others by their name. Arrays are written as they are.

    Returns:
        The file's descriptor, and where the parts begin and how long they are: the pickle first, then the arrays.

    Raises:
        TypeError: something in the value cannot be sent to another process.
    """
    buffers: list[pickle.PickleBuffer] = []
    try:
        data = cloudpickle.dumps(value, protocol=5, buffer_callback=buffers.append)
    except Exception as error:
        raise TypeError(
            f"the sequence cannot be sent to worker processes: {error}; expected a transform and a subclass whose "
            "attributes can be pickled: open files, connections and locks where they are first used, in load(), or "
            "use threads (use_multiprocessing=False)"
        ) from error
    parts, end = [], 0
    descriptor = anonymous_file()
    with os.fdopen(os.dup(descriptor), "wb") as file:
        for part in (memoryview(data), *(buffer.raw() for buffer in buffers)):
            file.seek(end)
            file.write(part)
            parts.append((end, part.nbytes))
            end += -(-part.nbytes // _ALIGNMENT) * _ALIGNMENT
        file.truncate(max(end, 1))
    return descriptor, parts


def read_payload(descriptor: int, parts: list[tuple[int, int]]) -> Any:
    """Make the value anew; its arrays are read-only views of the shared memory."""
    memory = memoryview(mmap.mmap(descriptor, 0, prot=mmap.PROT_READ))
    pieces = [memory[start : start + length] for start, length in parts]
    return pickle.loads(pieces[0], buffers=pieces[1:])
