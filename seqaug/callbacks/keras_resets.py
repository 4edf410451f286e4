"""Keras' resets, which a sequence sees as the end of an epoch, and which start a run.

`fit` before its first epoch, and each `evaluate`, reset their iterator and call `on_epoch_end()` of the sequence. Where
the model is not built yet (on JAX, torch and under `tf.distribute`), Keras has by then started an epoch and taken a
batch of it, to build the model. The sequence's calls do not tell that from an epoch of one batch, or, with Keras'
threads prefetching, from an epoch of any length. So this file, and no other, looks at the calling frames; the names
that it looks for are those of Keras 3.8 to 3.16. Where Keras ends an epoch under other names, it warns once.
"""

from __future__ import annotations

import queue
import re
import sys
import threading
import weakref
from contextlib import suppress
from functools import cache
from types import FrameType
from typing import Any, NamedTuple

from seqaug.callbacks.events import HasEpochs
from seqaug.core.user_warnings import warn_user

_ITERATOR = "keras.src.trainers.epoch_iterator"
_ADAPTER = "keras.src.trainers.data_adapters.py_dataset_adapter"
# Where the iterator resets, ends an epoch, and finds out that an epoch of unknown length has ended.
_CALLERS = ("reset", "_enumerate_iterator", "catch_stop_iteration")
_TRAINERS = re.compile(r"keras\.src\.backend\.\w+\.trainer")


class _Run(threading.local):
    """What was reset last in this thread, and has not started since."""

    adapter: weakref.ref[Any] | None = None
    sequences: tuple[weakref.ref[HasEpochs], ...] = ()


_run = _Run()


def note_reset(sequence: HasEpochs) -> bool:
    """Note a reset by Keras, inside a sequence's `on_epoch_end`.

    It also drops the batches that Keras' threads prefetched to build the model. Keras would train on them first, and
    then in each epoch on as many of the one before.

    Returns:
        Whether it is a reset.
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


def note_start() -> None:
    """Note that a sequence has started an epoch in this thread."""
    _run.adapter, _run.sequences = None, ()


def about_to_start() -> list[HasEpochs]:
    """List the sequences that Keras has reset in this thread and not started since: those of its next epoch.

    There are several where a sequence of the user's own wraps several.
    """
    living = (reference() for reference in _run.sequences)
    return [sequence for sequence in living if sequence is not None]


class Caller(NamedTuple):
    """The call that was given a sequence.

    Attributes:
        method: "fit", "evaluate" or "predict".
        model: the model.
    """

    method: str
    model: Any


def caller_of(sequence: Any) -> Caller | None:
    """Find the method of a model that was given this sequence and is now asking it.

    Returns:
        None where no method is asking, or none that is known, or where it was given a sequence that wraps this one.
    """
    frame: FrameType | None = sys._getframe(1)
    was_given = False
    while frame is not None:
        name = frame.f_globals.get("__name__")
        if name == _ADAPTER:
            given = getattr(frame.f_locals.get("self"), "py_dataset", None)
            was_given = was_given or given is sequence or _stands_for(given, sequence)
        elif was_given and frame.f_code.co_name in ("fit", "evaluate", "predict") and _TRAINERS.fullmatch(str(name)):
            return Caller(frame.f_code.co_name, frame.f_locals["self"])
        frame = frame.f_back
    return None


def _stands_for(given: Any, sequence: Any) -> bool:
    """Tell whether an adapter holds a proxy of a sequence."""
    return hasattr(type(given), "stands_for") and bool(given.stands_for(sequence))


def _resetting_adapter() -> Any:
    """Find the adapter of the iterator that is being reset among the callers; None where none is."""
    frame: FrameType | None = sys._getframe(2)
    if _is_unknown(frame):
        _warn_of_unknown(str(getattr(sys.modules.get("keras"), "__version__", "")))
    while frame is not None:
        caller = frame.f_back
        if _is(frame, _ADAPTER, "on_epoch_end"):
            return frame.f_locals["self"] if _is(caller, _ITERATOR, "reset") else None
        frame = caller
    return None


def _is_unknown(frame: FrameType | None) -> bool:
    """Tell whether Keras ends an epoch under unknown names, directly or through a sequence of the user's."""
    while frame is not None and frame.f_code.co_name == "on_epoch_end":
        module = frame.f_globals.get("__name__", "")
        if module.startswith("keras.") and ".callbacks" not in module:
            caller = frame.f_back
            is_end = any(_is(caller, _ITERATOR, name) for name in _CALLERS)
            return not (is_end and _is(frame, _ADAPTER, "on_epoch_end"))
        frame = frame.f_back
    return False


@cache
def _warn_of_unknown(version: str) -> None:
    warn_user(
        f"Keras {version} ends epochs in an unknown way, so `fit` may train on epochs 1, 2, ... of the sequence "
        "instead of 0, 1, ...; expected a version from 3.8 to 3.16: use one of these, or fit(train.to_tf_dataset()), "
        "which does not depend on it"
    )


def _is(frame: FrameType | None, module: str, function: str) -> bool:
    return frame is not None and frame.f_code.co_name == function and bool(frame.f_globals.get("__name__") == module)


def _empty(ready: queue.Queue[Any]) -> None:
    with suppress(queue.Empty):
        while True:
            ready.get_nowait()
