"""What a worker does: rows, into shared memory."""

from __future__ import annotations

import mmap
import pickle
import queue
import traceback
from collections import OrderedDict
from multiprocessing.connection import Connection
from typing import Any

import numpy as np

from seqaug.batch import arrays_over, bytes_needed
from seqaug.engines.processes.messages import Broken, Done, Failed, Outcome, Ready, TooSmall, Unfit, Work, Written
from seqaug.engines.processes.payload import read_payload
from seqaug.errors import SampleError
from seqaug.pipeline import Draw, Pipeline

_MAPPINGS_KEPT = 64


def serve(
    channel: Connection[bytes, bytes],
    tasks: queue.SimpleQueue[bytes],
    arena: int,
    payload: int,
    parts: list[tuple[int, int]],
) -> None:
    """Load the pipeline, then do tasks for ever; see `seqaug.worker.main`."""
    try:
        pipeline: Pipeline = read_payload(payload, parts)
    except BaseException as error:
        _send(channel, Unfit(_sendable(error), traceback.format_exc()))
        return
    _send(channel, Ready())
    slots = _Slots(arena)
    while True:
        _send(channel, _do(pipeline, slots, pickle.loads(tasks.get())))


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


def _do(pipeline: Pipeline, slots: _Slots, work: Work) -> Done:
    outcomes: list[Outcome] = []
    for row, draw in work.rows:
        outcomes.append(_make_row(pipeline, slots, work, row, draw))
        if isinstance(outcomes[-1], Broken):
            break
    return Done(outcomes)


def _make_row(pipeline: Pipeline, slots: _Slots, work: Work, row: int, draw: Draw) -> Outcome:
    try:
        sample = pipeline.sample(draw)
        layout = pipeline.layout(sample)
        if bytes_needed(layout, work.size) > work.capacity:
            return TooSmall(row, layout)
        arrays = arrays_over(slots.memory(work.offset, work.capacity), layout, work.size)
        pipeline.write(sample, {name: array[row] for name, array in arrays.items()})
    except SampleError as error:
        return Failed(row, error)
    except BaseException as error:
        return Broken(row, _sendable(error), traceback.format_exc())
    return Written(row, layout)


def _send(channel: Connection[bytes, bytes], message: Ready | Unfit | Done) -> None:
    channel.send_bytes(pickle.dumps(message, protocol=5))


def _sendable(error: BaseException) -> BaseException:
    """Give the error itself where it survives the way, else one that says the same."""
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error
