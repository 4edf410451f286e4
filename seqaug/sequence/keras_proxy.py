"""What Keras holds in the place of a sequence.

How long workers and memory live: as long as the user has the sequence, and has not closed it. Keras has it as well, and
must not count. For each `fit`, `evaluate` and `predict`, an adapter takes the sequence; with `workers` of 2 or more it
starts threads that ask for batches. After the run, TensorFlow keeps the adapter to the end of the program; after a run
that was interrupted, the threads ask on until their queue is full, and then wait for ever, with its batches, and so
does the generator that TensorFlow was given, with the last one. So:

- The adapter is given a proxy, which knows the sequence weakly. While a run goes on, the caller's own variables hold
  the sequence. When the user's last reference is gone, so is the sequence, and with it workers, memory and what lies
  in Keras' queues.
- `close()` ends the threads of all runs so far, and the proxies refuse to ask for more, so that a closed sequence stays
  closed. Should Keras go on with a run, which shows in that it begins or ends an epoch, its proxy serves again. A user
  who asks for a batch, or begins another run, asks the sequence itself, which opens anew.

What else holds a sequence (a dataset that `to_tf_dataset` made, or a sequence of the user's own around it, which Keras
keeps) holds it: its processes end after a minute without work, see `seqaug.engines.processes.engine.ProcessEngine`,
and all else at `close()`.

The names that this file looks for are those of Keras 3.8 to 3.16. Where they are others, Keras holds the sequence
itself, and the last paragraph applies.
"""

from __future__ import annotations

import gc
import queue
import sys
import threading
import weakref
from collections.abc import Callable
from contextlib import suppress
from types import GeneratorType
from typing import Any

_ADAPTER = "keras.src.trainers.data_adapters.py_dataset_adapter"


class KerasProxy:
    """Gives an adapter of Keras what it asks of a sequence, as long as there is one and it is not closed.

    Args:
        sequence: which is known weakly.
        adapter: which holds this proxy, and is known weakly.
    """

    def __init__(self, sequence: Any, adapter: Any) -> None:
        self._sequence = weakref.ref(sequence)
        self._adapter = weakref.ref(adapter)
        self._is_closed = False
        self._askers: set[int] = set()
        self._changed = threading.Condition()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._living(), name)

    def __len__(self) -> int:
        return len(self._living())

    def __getitem__(self, index: int) -> Any:
        """Make a batch, for one of Keras' threads.

        Raises:
            RuntimeError: the sequence is gone or was closed.
        """
        sequence = self._living()
        me = threading.get_ident()
        with self._changed:
            self._check_open()
            self._askers.add(me)
        try:
            batch = sequence[index]
        finally:
            with self._changed:
                self._askers.discard(me)
                self._changed.notify_all()
        self._check_open()
        return batch

    def stands_for(self, sequence: Any) -> bool:
        """Tell whether this is a proxy of a sequence."""
        return self._sequence() is sequence

    def on_epoch_begin(self) -> None:
        """Begin an epoch."""
        self._is_closed = False
        self._living().on_epoch_begin()

    def on_epoch_end(self) -> None:
        """End an epoch."""
        self._is_closed = False
        self._living().on_epoch_end()

    def close(self) -> None:
        """Let nobody ask any more, and end the threads that do."""
        adapter = self._adapter()
        enqueuer = getattr(adapter, "enqueuer", None)
        if enqueuer is not None:
            # Before anything is refused: while it runs, it counts as taken up again.
            _stop(enqueuer)
        with self._changed:
            self._is_closed = True
        if enqueuer is not None:
            _empty(enqueuer)
        self.end_generators()

    def end_generators(self) -> None:
        """End the generators by which an interrupted run took batches: each has the last one in a variable.

        One that is just running cannot be ended.
        """
        adapter = self._adapter()
        if not getattr(adapter, "_within_epoch", False):
            return
        for holder in gc.get_referrers(adapter):
            if isinstance(holder, GeneratorType) and holder.gi_frame is not None:
                with suppress(Exception):
                    holder.close()

    def wait_for_askers(self, again: Callable[[], None]) -> None:
        """Wait until nobody is asking who asked before it was closed, and might have opened the sequence anew.

        Args:
            again: closes the sequence, again and again as long as somebody is asking.
        """
        with self._changed:
            while self._askers - {threading.get_ident()}:
                if not self._changed.wait(0.1):
                    again()

    def _living(self) -> Any:
        sequence = self._sequence()
        if sequence is None:
            raise RuntimeError(
                "Keras asks for batches of a sequence that is gone; expected a reference to the sequence, or to the "
                "model's data, for as long as it is used"
            )
        return sequence

    def _check_open(self) -> None:
        if self._is_closed and not getattr(getattr(self._adapter(), "enqueuer", None), "running", False):
            raise RuntimeError("the sequence was closed (close, with) while Keras was asking for its batches")


def lend_to_keras(sequence: Any, lent: weakref.WeakSet[KerasProxy]) -> None:
    """Where the caller's caller is an adapter of Keras that has just taken a sequence, give it a proxy instead.

    Args:
        sequence: that is asked for its number of workers, which is an adapter's first question.
        lent: the sequence's proxies, to which a new one is added.
    """
    frame = sys._getframe(2)
    if frame.f_globals.get("__name__") != _ADAPTER or frame.f_code.co_name != "__init__":
        return
    adapter: Any = frame.f_locals.get("self")
    if getattr(adapter, "py_dataset", None) is sequence:
        adapter.py_dataset = proxy = KerasProxy(sequence, adapter)
        lent.add(proxy)


def close_lent(lent: weakref.WeakSet[KerasProxy]) -> None:
    """Close the proxies of a sequence."""
    for proxy in list(lent):
        proxy.close()


def _stop(enqueuer: Any) -> None:
    # Without draining: that waits for batches which are being made.
    with suppress(AttributeError, TypeError):
        enqueuer.stop(drain_queue_and_join=False)


def _empty(enqueuer: Any) -> None:
    """Drop the batches that nobody takes; a thread that waits for room in the queue then ends."""
    for name in ("future_queue", "ready_queue"):
        waiting: Any = getattr(enqueuer, name, None)
        with suppress(queue.Empty, AttributeError):
            while True:
                waiting.get_nowait()
