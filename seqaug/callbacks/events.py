"""Events that sequences announce and callbacks listen to."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from seqaug.callbacks.batch_timings import BatchTimings
from seqaug.callbacks.input_advice import InputSettings

EventT = TypeVar("EventT")


class Event(Generic[EventT]):
    """A kind of event, and who listens to it; listeners do not live longer for it."""

    def __init__(self) -> None:
        self._listeners: set[weakref.WeakMethod[Callable[[EventT], Any]]] = set()

    def listen(self, listener: Callable[[EventT], Any]) -> None:
        """Call a bound method at every event from now on, as long as its object lives."""
        self._listeners.add(weakref.WeakMethod(listener, self._listeners.discard))

    def stop_listening(self, listener: Callable[[EventT], Any]) -> None:
        """Stop calling a bound method."""
        self._listeners.discard(weakref.WeakMethod(listener))

    def announce(self, event: EventT) -> None:
        """Call all listeners, in this thread."""
        for reference in list(self._listeners):
            listener = reference()
            if listener is not None:
                listener(event)


class WorkerStats(Protocol):
    """An engine, as callbacks see it; see `seqaug.engines.base.Engine`.

    Attributes:
        is_remote: whether batches may be made on other machines.
    """

    is_remote: bool

    @property
    def workers(self) -> int:
        """The number of workers."""

    @property
    def busy_seconds(self) -> float:
        """Seconds spent on rows so far, summed over the workers."""


class EpochStarted(NamedTuple):
    """Keras has started an epoch of a sequence.

    Attributes:
        timings: of the epoch's batches.
        worker_stats: of the sequence's workers.
        settings: of the sequence.
    """

    timings: BatchTimings
    worker_stats: WorkerStats
    settings: InputSettings


class HasEpochs(Protocol):
    """A sequence, as callbacks see it."""

    def set_epoch(self, epoch: int) -> None:
        """Move to an epoch."""


epoch_started: Event[EpochStarted] = Event()

# A sequence's `tf.data.Dataset` is about to be iterated over, at the sequence's current epoch; in a TensorFlow thread.
iteration_started: Event[HasEpochs] = Event()
