"""The processors that this process has: those of its own engines, and those that it was sent as part of an executor."""

from __future__ import annotations

import os
import pickle
import secrets
import threading
import weakref
from collections import OrderedDict
from importlib import import_module
from typing import NamedTuple

from seqaug.core import worker_flag
from seqaug.engines.base import SampleProcessor
from seqaug.engines.executor.protocol import RowsTask

# Nobody says when one is not used any more.
_KEPT = 8

_token = secrets.token_hex(8)
# Tasks may run in several threads of one process, and only one of them should load what all of them need.
_lock = threading.Lock()
_received: OrderedDict[str, _Received] = OrderedDict()
_own: weakref.WeakValueDictionary[str, SampleProcessor] = weakref.WeakValueDictionary()


class _Received(NamedTuple):
    processor: SampleProcessor
    is_whole: bool


def process_name() -> str:
    """Name this process as no other one is named, on any machine; a fork of it has another name."""
    return f"{_token}-{os.getpid()}"


def have_at_hand(name: str, processor: SampleProcessor) -> None:
    """Keep a processor, as long as it lives, for those tasks of an executor that come back to this process."""
    _own[name] = processor


def processor_for(task: RowsTask, payload: bytes | None) -> SampleProcessor | None:
    """Give the processor that a request names, or None where this process would have to be sent it.

    Args:
        task: what is asked.
        payload: the processor, pickled, or None.

    Raises:
        Exception: whatever is raised by unpickling it.
    """
    if task.home == process_name():
        return _own.get(task.name)
    with _lock:
        if task.name not in _received:
            if payload is None:
                return None
            _received[task.name] = _Received(_loaded(payload, task.augments), task.strings is None)
            if len(_received) > _KEPT:
                _received.popitem(last=False)
        _received.move_to_end(task.name)
        known = _received[task.name]
    return known.processor if known.is_whole or task.strings is not None else None


def _loaded(payload: bytes, augments: bool) -> SampleProcessor:
    import cv2

    # Threads of OpenCV in each of several processes would fight over the cores.
    cv2.setNumThreads(0)
    if augments:
        with worker_flag.torch_hidden():
            import_module("seqaug.augmentation.albumentations")
    with worker_flag.as_worker():
        processor: SampleProcessor = pickle.loads(payload)
    return processor
