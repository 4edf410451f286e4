"""The proxy that Keras holds instead of a sequence.

Workers and memory live as long as the user references the sequence and has not closed it; Keras' references must not
count. `fit`, `evaluate` and `predict` each give the sequence to an adapter, which, with `workers` of 2 or more, starts
threads that request batches. TensorFlow keeps the adapter until the program ends. After an interrupted run, the threads
request batches until their queue is full and then wait for ever, holding the queue's batches; TensorFlow's generator
holds the last one. So:

- The adapter gets a proxy with a weak reference to the sequence. During a run, the caller's own variables keep the
  sequence alive. When the user's last reference is gone, so are the sequence, its workers, its memory and the batches
  in Keras' queues.
- `close()` stops the threads of all runs so far, and their proxies refuse further requests, so that a closed sequence
  stays closed. If Keras continues a run, by starting or ending an epoch, its proxy serves it again. A batch that the
  user requests, and another run, go to the sequence itself, which reopens.

Other references do keep a sequence alive: a dataset of `to_tf_dataset`, or a sequence of the user's own that wraps it
and that Keras keeps. Its processes then stop after a minute without work, see
`seqaug.engines.processes.engine.ProcessEngine`, and everything else at `close()`.

The names that this file looks for are those of Keras 3.8 to 3.16. With other names, Keras holds the sequence itself,
and the last paragraph applies.
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

from seqaug.callbacks.keras_resets import caller_of
from seqaug.sequence.keras_shapes import OutputSizes, tell_sizes_differ

_ADAPTER = "keras.src.trainers.data_adapters.py_dataset_adapter"


class KerasProxy:
    """Passes the calls of a Keras adapter on to a sequence, as long as that lives and is not closed.

    Args:
        sequence: referenced weakly.
        adapter: holds this proxy; referenced weakly.
    """

    def __init__(self, sequence: Any, adapter: Any) -> None:
        self._sequence = weakref.ref(sequence)
        self._adapter = weakref.ref(adapter)
        self._is_closed = False
        self._requesting: set[int] = set()
        self._output_sizes: OutputSizes | None = None
        self._changed = threading.Condition()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._alive(), name)

    def __len__(self) -> int:
        return len(self._alive())

    def __getitem__(self, index: int) -> Any:
        """Return a batch, to one of Keras' threads.

        Raises:
            RuntimeError: the sequence is gone or closed.
            ValueError: `predict` cannot join the outputs of this batch and the first.
        """
        sequence = self._alive()
        thread = threading.get_ident()
        with self._changed:
            self._check_open()
            self._requesting.add(thread)
        try:
            batch = sequence[index]
        finally:
            with self._changed:
                self._requesting.discard(thread)
                self._changed.notify_all()
        self._check_open()
        if self._output_sizes is not None:
            self._output_sizes.check(batch)
        return batch

    @property
    def num_batches(self) -> Any:
        """Number of batches per epoch; a `tf.data.Dataset` that Keras makes learns where their sizes differ."""
        sequence = self._alive()
        if sequence._sizes_differ:
            if sys._getframe(1).f_code.co_name == "get_tf_dataset":
                tell_sizes_differ(self._adapter(), sequence._pipeline.data_format)
            if self._output_sizes is None:
                self._output_sizes = OutputSizes.of(caller_of(sequence))
        return sequence.num_batches

    def stands_for(self, sequence: Any) -> bool:
        """Tell whether this is the proxy of a sequence."""
        return self._sequence() is sequence

    def on_epoch_begin(self) -> None:
        """Start an epoch."""
        self._is_closed = False
        self._alive().on_epoch_begin()

    def on_epoch_end(self) -> None:
        """End an epoch."""
        self._is_closed = False
        self._alive().on_epoch_end()

    def close(self) -> None:
        """Refuse further requests, and stop the threads that make them."""
        adapter = self._adapter()
        enqueuer = getattr(adapter, "enqueuer", None)
        if enqueuer is not None:
            # Before requests are refused: a proxy whose enqueuer runs counts as reopened.
            _stop(enqueuer)
        with self._changed:
            self._is_closed = True
        if enqueuer is not None:
            _empty(enqueuer)
        self.end_generators()

    def end_generators(self) -> None:
        """End the generators by which an interrupted run took batches: each holds its last batch in a variable.

        A generator that is running cannot be ended.
        """
        adapter = self._adapter()
        if not getattr(adapter, "_within_epoch", False):
            return
        for holder in gc.get_referrers(adapter):
            if isinstance(holder, GeneratorType) and holder.gi_frame is not None:
                with suppress(Exception):
                    holder.close()

    def wait_for_requests(self, close: Callable[[], None]) -> None:
        """Wait for the requests that were made before `close`, which may have reopened the sequence.

        Args:
            close: closes the sequence; called repeatedly while there are such requests.
        """
        with self._changed:
            while self._requesting - {threading.get_ident()}:
                if not self._changed.wait(0.1):
                    close()

    def _alive(self) -> Any:
        sequence = self._sequence()
        if sequence is None:
            raise RuntimeError(
                "Keras requests batches of a sequence that no longer exists; expected a reference to the sequence for "
                "as long as it is used"
            )
        return sequence

    def _check_open(self) -> None:
        if self._is_closed and not getattr(getattr(self._adapter(), "enqueuer", None), "running", False):
            raise RuntimeError("the sequence was closed (close, with) while Keras was requesting its batches")


def give_keras_a_proxy(sequence: Any, proxies: weakref.WeakSet[KerasProxy]) -> bool:
    """Replace the sequence by a proxy in a Keras adapter that has just taken it: the caller's caller.

    Args:
        sequence: the sequence, whose `workers` an adapter reads first.
        proxies: of the sequence, to which the new one is added.

    Returns:
        Whether there is such an adapter.
    """
    frame = sys._getframe(2)
    if frame.f_globals.get("__name__") != _ADAPTER or frame.f_code.co_name != "__init__":
        return False
    adapter: Any = frame.f_locals.get("self")
    if getattr(adapter, "py_dataset", None) is sequence:
        adapter.py_dataset = proxy = KerasProxy(sequence, adapter)
        proxies.add(proxy)
    return True


def close_proxies(proxies: weakref.WeakSet[KerasProxy]) -> None:
    """Close the proxies of a sequence."""
    for proxy in list(proxies):
        proxy.close()


def _stop(enqueuer: Any) -> None:
    # Without draining, which waits for batches in flight.
    with suppress(AttributeError, TypeError):
        enqueuer.stop(drain_queue_and_join=False)


def _empty(enqueuer: Any) -> None:
    """Drop the queued batches; a thread that waits for room in the queue then ends."""
    for name in ("future_queue", "ready_queue"):
        waiting: Any = getattr(enqueuer, name, None)
        with suppress(queue.Empty, AttributeError):
            while True:
                waiting.get_nowait()
