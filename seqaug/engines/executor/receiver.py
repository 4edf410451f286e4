"""Processors of this process: those of its own engines, and those received as part of an executor."""

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

# The least recently used ones are dropped: no message says when one is no longer needed.
_MAX_RECEIVED = 8

_token = secrets.token_hex(8)
# Tasks may run in several threads of one process; only one of them should unpickle a processor.
_lock = threading.Lock()
_received: OrderedDict[str, _Received] = OrderedDict()
_own: weakref.WeakValueDictionary[str, SampleProcessor] = weakref.WeakValueDictionary()


class _Received(NamedTuple):
    processor: SampleProcessor
    is_whole: bool


def process_name() -> str:
    """Return a name for this process, unique across machines; a fork has another one."""
    return f"{_token}-{os.getpid()}"


def register_own(name: str, processor: SampleProcessor) -> None:
    """Register a processor, while it lives, for tasks that an executor runs in this process."""
    _own[name] = processor


def processor_for(task: RowsTask, payload: bytes | None) -> SampleProcessor | None:
    """Return the processor of a task, or None if this process has to be sent it.

    Args:
        task: the task.
        payload: the pickled processor, or None.

    Raises:
        Exception: whatever unpickling raises.
    """
    if task.sender == process_name():
        return _own.get(task.name)
    with _lock:
        if task.name not in _received:
            if payload is None:
                return None
            _received[task.name] = _Received(_load(payload, task.augments), task.strings is None)
            if len(_received) > _MAX_RECEIVED:
                _received.popitem(last=False)
        _received.move_to_end(task.name)
        received = _received[task.name]
    return received.processor if received.is_whole or task.strings is not None else None


def _load(payload: bytes, augments: bool) -> SampleProcessor:
    import cv2

    # OpenCV's threads in several processes would compete for the cores.
    cv2.setNumThreads(0)
    if augments:
        with worker_flag.heavy_packages_hidden():
            import_module("seqaug.augmentation.albumentations")
    with worker_flag.as_worker():
        processor: SampleProcessor = pickle.loads(payload)
    return processor
