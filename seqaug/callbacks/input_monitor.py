"""`InputMonitor`: a Keras callback that measures whether training waits for its input."""

from __future__ import annotations

import logging
import threading
from time import perf_counter
from typing import Any

from seqaug.callbacks.events import EpochStarted, epoch_started
from seqaug.callbacks.input_advice import advice, advice_for_executor
from seqaug.core.keras_base import Callback
from seqaug.utils.system import available_cores

# Training that waits for a smaller share of the time is not input-bound.
_INPUT_BOUND = 0.05


class InputMonitor(Callback):
    """Measures during `fit` how long training waits for batches, and how busy the workers are.

    ```python
    model.fit(train, epochs=50, shuffle=False, callbacks=[seqaug.InputMonitor(), keras.callbacks.CSVLogger("log.csv")])
    ```

    It adds two values to each epoch's `logs`, and so to `History`, the progress bar, and `CSVLogger` or `TensorBoard`
    if they follow it in the list of callbacks. Both are shares of the epoch's training time (validation excluded), 0 to
    1:

    - `"input_wait"`: the next batch was not ready when the previous step had ended. In the first epoch this includes
      the start of the workers.
    - `"input_busy"`: workers were computing rows, averaged over the workers.

    At the end it prints one sentence about all epochs but the first, or about that one if there is only one. It neither
    slows training down nor makes Keras wait for its steps. With `steps_per_execution` above 1 it sees only the first
    batch of each execution, so that `"input_wait"` may be too small. With data that is no sequence of this package, or
    with `fit(steps_per_epoch=)`, whose epochs share batches, it cannot measure: it logs nothing, or too much.

    Args:
        verbose: 1: print the sentence; 0: only log it, to the logger "seqaug", at level INFO.

    Attributes:
        verdict: the sentence, after training.
    """

    # Without this, Keras waits for each step, and for the accelerator, before it calls `on_train_batch_end`.
    async_safe = True

    def __init__(self, verbose: int = 1) -> None:
        super().__init__()
        self._verbose = verbose
        self.verdict = ""
        self._epochs: list[_Epoch] = []
        self._epoch: _Epoch | None = None

    def on_train_begin(self, logs: Any = None) -> None:
        """Start to listen to sequences."""
        self._epochs = []
        epoch_started.listen(self._on_sequence_epoch)

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Start to measure."""
        self._epoch = _Epoch()

    def _on_sequence_epoch(self, event: EpochStarted) -> None:
        """Take the first sequence that starts an epoch: it is the one that is trained on."""
        if self._epoch is not None:
            self._epoch.take(event)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Record the end of a step."""
        if self._epoch is not None:
            self._epoch.end_step(batch)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Add the epoch's shares to its logs."""
        ended, self._epoch = self._epoch, None
        if ended is None or not ended.is_measured:
            return
        self._epochs.append(ended)
        if logs is not None:
            logs["input_wait"] = ended.waited / ended.seconds
            logs["input_busy"] = ended.busy / ended.seconds

    def on_train_end(self, logs: Any = None) -> None:
        """Log the verdict, and print it."""
        epoch_started.stop_listening(self._on_sequence_epoch)
        self.verdict = _verdict(self._epochs[1:] or self._epochs)
        logging.getLogger("seqaug").info(self.verdict)
        if self._verbose:
            print(self.verdict)


class _Epoch:
    """Measurements of an epoch; times are those of `time.perf_counter`."""

    def __init__(self) -> None:
        self._thread = threading.get_ident()
        self._start = perf_counter()
        self._event: EpochStarted | None = None
        self._ends: dict[int, float] = {}
        self._busy_before = 0.0
        self._busy_since = 0.0

    def take(self, event: EpochStarted) -> None:
        """Take the sequence that is trained on; those that start an epoch later, or in other threads, are others."""
        if self._event is None and threading.get_ident() == self._thread:
            self._event = event
            self._busy_before = event.worker_stats.busy_seconds

    def end_step(self, batch_index: int) -> None:
        """Note the end of the execution whose last batch this is."""
        self._ends[batch_index] = perf_counter()
        if self._event is not None:
            self._busy_since = self._event.worker_stats.busy_seconds - self._busy_before

    @property
    def is_measured(self) -> bool:
        """Whether a sequence was trained on, for at least one step."""
        return self._event is not None and bool(self._ends)

    def advice(self, waited: float, busy: float) -> str:
        """Propose settings; see `seqaug.callbacks.input_advice`."""
        if self._event is None:
            return ""
        if self._event.worker_stats.is_remote:
            return advice_for_executor(self._event.settings, busy=busy)
        return advice(self._event.settings, waited=waited, busy=busy, cores=available_cores())

    @property
    def seconds(self) -> float:
        """From the epoch's start to the end of the last step."""
        return max(self._ends.values()) - self._start

    @property
    def waited(self) -> float:
        """Seconds from the end of each step until the next one's batch was ready, summed."""
        waited, before, first = 0.0, self._start, 0
        for last, end in sorted(self._ends.items()):
            ready = self._event.timings.when_ready(first) if self._event else 0.0
            waited += max(min(ready, end) - before, 0.0)
            before, first = end, last + 1
        return waited

    @property
    def busy(self) -> float:
        """Seconds that the workers spent on rows, averaged over the workers."""
        return 0.0 if self._event is None else min(self._busy_since / self._event.worker_stats.workers, self.seconds)


def _verdict(epochs: list[_Epoch]) -> str:
    if not epochs:
        return "Input: not measured, because the training data is no sequence of seqaug."
    seconds = sum(epoch.seconds for epoch in epochs)
    waited = sum(epoch.waited for epoch in epochs) / seconds
    busy = sum(epoch.busy for epoch in epochs) / seconds
    if waited < _INPUT_BOUND:
        return f"Not input-bound: training waited {waited:.1%} of the time for batches. Workers were busy {busy:.0%}."
    return (
        f"Input-bound: training waited {waited:.0%} of the time for batches, and would be "
        f"{1 / max(1 - waited, 0.01):.2g} times as fast without. Workers were busy {busy:.0%}. Try "
        f"{epochs[-1].advice(waited, busy)}"
    )
