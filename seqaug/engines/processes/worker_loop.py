"""The task loop of a worker: it makes rows in shared memory."""

from __future__ import annotations

import gc
import mmap
import os
import pickle
import queue
import socket
import traceback
from collections import OrderedDict
from contextlib import suppress
from multiprocessing.connection import Connection
from time import perf_counter
from typing import Any

import numpy as np

from seqaug.core.batch import arrays_over, bytes_needed, part_of_row, row_bytes, row_over
from seqaug.core.layout import Layout
from seqaug.core.sample_request import SampleRequest
from seqaug.engines.base import SampleProcessor
from seqaug.engines.processes.messages import (
    Load,
    LoadFailed,
    MakeRows,
    Outcome,
    Ready,
    RowError,
    RowsDone,
    RowWritten,
    SampleFailed,
    Task,
    TooSmall,
    Unload,
)
from seqaug.engines.processes.payload import read_payload
from seqaug.engines.row_groups import sharing_processor
from seqaug.engines.serialization import picklable_error
from seqaug.errors import SampleError

Array = np.ndarray[Any, Any]

_MAX_MAPPINGS = 64


def serve(
    channel: Connection[bytes, bytes],
    tasks: queue.SimpleQueue[bytes],
    descriptors: socket.socket,
    slots: int,
) -> None:
    """Run tasks until the process ends; see `seqaug.engines.processes.worker_main.main`."""
    processors: dict[int, SampleProcessor] = {}
    mappings = _SlotMappings(slots)
    directory: str | None = None
    while True:
        task: Task = pickle.loads(tasks.get())
        if isinstance(task, Load):
            try:
                processors[task.number] = _load(task, descriptors)
            except BaseException as error:
                _send(channel, LoadFailed(picklable_error(error), traceback.format_exc()))
                return
            _send(channel, Ready())
        elif isinstance(task, Unload):
            del processors[task.number]
            gc.collect()  # compositions are reference cycles
        else:
            if task.directory is not None and task.directory != directory:
                directory = task.directory
                with suppress(OSError):  # it was deleted, so no relative path is valid
                    os.chdir(directory)
            _send(channel, _make_rows(processors[task.processor], mappings, task))


def _load(task: Load, descriptors: socket.socket) -> SampleProcessor:
    _, received, _, _ = socket.recv_fds(descriptors, 1, task.descriptors)
    for descriptor in received:
        os.set_inheritable(descriptor, False)
    processor: SampleProcessor = read_payload(received, task.parts)
    return processor


class _SlotMappings:
    """Mappings of the recently used slots, and the batch laid over the last one."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._mappings: OrderedDict[tuple[int, int], Array] = OrderedDict()
        self._batch: tuple[tuple[int, int, int], Layout, dict[str, Array]] = (0, 0, 0), {}, {}

    def memory(self, offset: int, capacity: int) -> Array:
        key = (offset, capacity)
        if key not in self._mappings:
            self._mappings[key] = np.frombuffer(mmap.mmap(self._descriptor, capacity, offset=offset), np.uint8)
            if len(self._mappings) > _MAX_MAPPINGS:
                self._mappings.popitem(last=False)
        self._mappings.move_to_end(key)
        return self._mappings[key]

    def row(self, task: MakeRows, row: int, layout: Layout) -> tuple[Layout, dict[str, Array] | None]:
        """Return the views of a row; None where its slot is too small.

        Returns:
            The layout, one object for all rows that a task makes with it, which is pickled once; and the views.
        """
        memory = self.memory(task.offset, task.capacity)
        if task.has_own_sizes:
            part = part_of_row(memory, row, task.size)
            return layout, row_over(part, layout) if row_bytes(layout) <= len(part) else None
        key = task.offset, task.capacity, task.size
        if self._batch[0] != key or self._batch[1] != layout:
            if bytes_needed(layout, task.size) > task.capacity:
                return layout, None
            self._batch = key, layout, arrays_over(memory, layout, task.size)
        _, layout, arrays = self._batch
        return layout, {name: array[row] for name, array in arrays.items()}


def _make_rows(processor: SampleProcessor, mappings: _SlotMappings, task: MakeRows) -> RowsDone:
    outcomes: list[Outcome] = []
    start = perf_counter()
    processor = sharing_processor(processor, task.rows)
    for row, request in task.rows:
        outcomes.append(_make_row(processor, mappings, task, row, request))
        if isinstance(outcomes[-1], RowError):
            break
    return RowsDone(outcomes, perf_counter() - start)


def _make_row(
    processor: SampleProcessor, mappings: _SlotMappings, task: MakeRows, row: int, request: SampleRequest
) -> Outcome:
    try:
        sample = processor.sample(request)
        layout, views = mappings.row(task, row, processor.layout(sample))
        if views is None:
            return TooSmall(row, layout)
        processor.write(sample, views)
    except SampleError as error:
        return SampleFailed(row, error)
    except BaseException as error:
        return RowError(row, picklable_error(error), traceback.format_exc())
    return RowWritten(row, layout)


def _send(channel: Connection[bytes, bytes], message: Ready | LoadFailed | RowsDone) -> None:
    channel.send_bytes(pickle.dumps(message, protocol=5))
