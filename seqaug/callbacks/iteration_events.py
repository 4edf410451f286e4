"""Passes through a `tf.data.Dataset` made of a sequence: who is told before one begins."""

from __future__ import annotations

import weakref
from typing import Protocol


class Epochs(Protocol):
    """What has epochs, as a sequence."""

    def set_epoch(self, epoch: int) -> None:
        """Move to an epoch."""


class Listener(Protocol):
    """Who wants to know of passes."""

    def pass_begins(self, sequence: Epochs) -> None:
        """Hear that a pass through the current epoch of a sequence is about to begin, in a thread of TensorFlow's."""


_listeners: weakref.WeakSet[Listener] = weakref.WeakSet()


def listen(listener: Listener) -> None:
    """Tell a listener of every pass from now on, as long as it lives."""
    _listeners.add(listener)


def stop_listening(listener: Listener) -> None:
    """Tell a listener no more."""
    _listeners.discard(listener)


def announce(sequence: Epochs) -> None:
    """Tell all listeners of a pass."""
    for listener in list(_listeners):
        listener.pass_begins(sequence)
