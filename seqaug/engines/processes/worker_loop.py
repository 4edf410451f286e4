"""What a worker does: rows, into shared memory."""

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

from seqaug.core.batch import arrays_over, bytes_needed
from seqaug.core.sample_request import SampleRequest
from seqaug.engines.base import SampleProcessor
from seqaug.engines.processes.messages import (
    Done,
    Failed,
    Forget,
    Load,
    LoadFailed,
    Outcome,
    Ready,
    RowError,
    Task,
    TooSmall,
    Work,
    Written,
)
from seqaug.engines.processes.payload import read_payload
from seqaug.engines.serialization import sendable
from seqaug.errors import SampleError

_MAPPINGS_KEPT = 64


def serve(
    channel: Connection[bytes, bytes],
    tasks: queue.SimpleQueue[bytes],
    descriptors: socket.socket,
    arena: int,
) -> None:
    """Do tasks for ever; see `seqaug.engines.processes.worker_main.main`."""
    processors: dict[int, SampleProcessor] = {}
    slots = _Slots(arena)
    folder: str | None = None
    while True:
        task: Task = pickle.loads(tasks.get())
        if isinstance(task, Load):
            try:
                processors[task.number] = _load(task, descriptors)
            except BaseException as error:
                _send(channel, LoadFailed(sendable(error), traceback.format_exc()))
                return
            _send(channel, Ready())
        elif isinstance(task, Forget):
            del processors[task.number]
            gc.collect()  # compositions refer to themselves
        else:
            if task.folder is not None and task.folder != folder:
                folder = task.folder
                with suppress(OSError):  # it was deleted, and paths that are relative to it are of no use
                    os.chdir(folder)
            _send(channel, _do(processors[task.processor], slots, task))


def _load(task: Load, descriptors: socket.socket) -> SampleProcessor:
    _, received, _, _ = socket.recv_fds(descriptors, 1, task.descriptors)
    for descriptor in received:
        os.set_inheritable(descriptor, False)
    processor: SampleProcessor = read_payload(received, task.parts)
    return processor


class _Slots:
    """Mappings of the slots that were used lately."""

    def __init__(self, arena: int) -> None:
        self._arena = arena
        self._mappings: OrderedDict[tuple[int, int], np.ndarray[Any, Any]] = OrderedDict()

    def memory(self, offset: int, capacity: int) -> np.ndarray[Any, Any]:
        key = (offset, capacity)
        if key not in self._mappings:
            self._mappings[key] = np.frombuffer(mmap.mmap(self._arena, capacity, offset=offset), np.uint8)
            if len(self._mappings) > _MAPPINGS_KEPT:
                self._mappings.popitem(last=False)
        self._mappings.move_to_end(key)
        return self._mappings[key]


def _do(processor: SampleProcessor, slots: _Slots, work: Work) -> Done:
    outcomes: list[Outcome] = []
    begin = perf_counter()
    for row, request in work.rows:
        outcomes.append(_make_row(processor, slots, work, row, request))
        if isinstance(outcomes[-1], RowError):
            break
    return Done(outcomes, perf_counter() - begin)


def _make_row(processor: SampleProcessor, slots: _Slots, work: Work, row: int, request: SampleRequest) -> Outcome:
    try:
        sample = processor.sample(request)
        layout = processor.layout(sample)
        if bytes_needed(layout, work.size) > work.capacity:
            return TooSmall(row, layout)
        arrays = arrays_over(slots.memory(work.offset, work.capacity), layout, work.size)
        processor.write(sample, {name: array[row] for name, array in arrays.items()})
    except SampleError as error:
        return Failed(row, error)
    except BaseException as error:
        return RowError(row, sendable(error), traceback.format_exc())
    return Written(row, layout)


def _send(channel: Connection[bytes, bytes], message: Ready | LoadFailed | Done) -> None:
    channel.send_bytes(pickle.dumps(message, protocol=5))
