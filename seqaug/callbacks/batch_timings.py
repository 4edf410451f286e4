"""When batches were asked for and when they were there: what a sequence notes, for those who watch the input."""

from __future__ import annotations

import math
import weakref
from time import perf_counter
from typing import NamedTuple, Protocol

from seqaug.callbacks.input_advice import InputSettings
from seqaug.core.forks import ForkLock


class BatchTimings:
    """The times at which the batches of one epoch were ready, in the order in which they were asked for.

    It may be used from any thread.
    """

    def __init__(self) -> None:
        self._ready: list[float] = []
        self._lock = ForkLock()

    def asked(self) -> int:
        """Note that a batch was asked for, and give the number of the request."""
        with self._lock:
            self._ready.append(math.inf)
            return len(self._ready) - 1

    def ready(self, request: int) -> None:
        """Note that the batch of a request is ready."""
        self._ready[request] = perf_counter()

    def when_ready(self, request: int) -> float:
        """Give the time, of `time.perf_counter`, at which a batch was ready; infinity where it is not yet."""
        return self._ready[request] if request < len(self._ready) else math.inf


class WorkerStats(Protocol):
    """Who makes the batches, as `seqaug.engines.base.Engine`.

    Attributes:
        is_remote: whether batches may be made on other machines.
    """

    is_remote: bool

    @property
    def workers(self) -> int:
        """How many work at the same time."""

    @property
    def busy_seconds(self) -> float:
        """The time that they have spent on rows so far, added up over the workers."""


class EpochStarted(NamedTuple):
    """An epoch that a sequence begins."""

    deliveries: BatchTimings
    workforce: WorkerStats
    settings: InputSettings


class Listener(Protocol):
    """Who wants to know of epochs."""

    def epoch_begun(self, begun: EpochStarted) -> None:
        """Hear that a sequence begins an epoch, in the thread that begins it."""


_listeners: weakref.WeakSet[Listener] = weakref.WeakSet()


def listen(listener: Listener) -> None:
    """Tell a listener of every epoch that is begun from now on, as long as it lives."""
    _listeners.add(listener)


def stop_listening(listener: Listener) -> None:
    """Tell a listener no more."""
    _listeners.discard(listener)


def announce(begun: EpochStarted) -> None:
    """Tell all listeners of an epoch."""
    for listener in list(_listeners):
        listener.epoch_begun(begun)
