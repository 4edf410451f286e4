"""When Keras resets: what looks like the end of an epoch to a sequence, and is the beginning of a run.

Before its first epoch, `fit`, and each time `evaluate`, resets its iterator, for which a sequence is told
`on_epoch_end()`. Where the model is not built yet (on JAX, torch and under `tf.distribute`), Keras has then begun an
epoch and taken a batch of it, to build the model: from what a sequence is asked, that cannot be told from an epoch of
one batch, or, with Keras' threads asking ahead, from an epoch of any length. So this file, and no other, looks at who
is calling; the names that it looks for are those of Keras 3.8 to 3.15.
"""

from __future__ import annotations

import queue
import re
import sys
import threading
import weakref
from contextlib import suppress
from types import FrameType
from typing import Any, NamedTuple

from seqaug.passes import Epochs

_ITERATOR = "keras.src.trainers.epoch_iterator"
_ADAPTER = "keras.src.trainers.data_adapters.py_dataset_adapter"
_TRAINERS = re.compile(r"keras\.src\.backend\.\w+\.trainer")


class _Run(threading.local):
    """What was reset last in this thread, and has not begun since."""

    adapter: weakref.ref[Any] | None = None
    sequences: tuple[weakref.ref[Epochs], ...] = ()


_run = _Run()


def note_reset(sequence: Epochs) -> bool:
    """Say, inside a sequence's `on_epoch_end`, whether it is Keras that resets, and if so, note it.

    It also drops the batches that Keras' threads have asked ahead for, to build the model. Keras keeps them, and would
    train on them first, and in each epoch on as many of the one before.
    """
    adapter = _resetting_adapter()
    if adapter is None:
        return False
    if adapter.enqueuer is not None:
        _empty(adapter.enqueuer.ready_queue)
    if _run.adapter is None or _run.adapter() is not adapter:
        _run.adapter, _run.sequences = weakref.ref(adapter), ()
    _run.sequences += (weakref.ref(sequence),)
    return True


def note_begin() -> None:
    """Note that a sequence has begun an epoch in this thread."""
    _run.adapter, _run.sequences = None, ()


def about_to_begin() -> list[Epochs]:
    """List what Keras has reset in this thread, and not begun since: what it will train on or evaluate next.

    More than one is listed where a sequence of the user's own is made of several.
    """
    living = (reference() for reference in _run.sequences)
    return [sequence for sequence in living if sequence is not None]


class Caller(NamedTuple):
    """Who has been given a sequence.

    Attributes:
        method: "fit", "evaluate" or "predict".
        model: whose method it is.
    """

    method: str
    model: Any


def caller_of(sequence: Any) -> Caller | None:
    """Find which method of a model is asking a sequence that it was given; None where none is, or no known one.

    A sequence inside one of the user's own is not what the method was given.
    """
    frame: FrameType | None = sys._getframe(1)
    was_given = False
    while frame is not None:
        name = frame.f_globals.get("__name__")
        if name == _ADAPTER:
            adapter = frame.f_locals.get("self")
            was_given = was_given or getattr(adapter, "py_dataset", None) is sequence
        elif was_given and frame.f_code.co_name in ("fit", "evaluate", "predict") and _TRAINERS.fullmatch(str(name)):
            return Caller(frame.f_code.co_name, frame.f_locals["self"])
        frame = frame.f_back
    return None


def _resetting_adapter() -> Any:
    """Find, among the callers, the adapter of the iterator that is being reset; None where none is."""
    frame: FrameType | None = sys._getframe(2)
    while frame is not None:
        caller = frame.f_back
        if _is(frame, _ADAPTER, "on_epoch_end"):
            return frame.f_locals["self"] if caller is not None and _is(caller, _ITERATOR, "reset") else None
        frame = caller
    return None


def _is(frame: FrameType, module: str, function: str) -> bool:
    return frame.f_code.co_name == function and bool(frame.f_globals.get("__name__") == module)


def _empty(left: queue.Queue[Any]) -> None:
    with suppress(queue.Empty):
        while True:
            left.get_nowait()
