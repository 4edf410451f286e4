"""`ResumeEpoch`: a Keras callback that keeps the training sequence at the epoch of `fit`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from seqaug.callbacks import keras_resets
from seqaug.callbacks.events import HasEpochs, iteration_started
from seqaug.core.keras_base import Callback
from seqaug.core.user_warnings import warn_user


class ResumeEpoch(Callback):
    """Keeps the training sequence at the epoch of `fit`, wherever `fit` starts and wherever the sequence was.

    ```python
    callbacks = [keras.callbacks.BackupAndRestore("backup"), seqaug.ResumeEpoch()]
    model.fit(train, validation_data=val, epochs=50, shuffle=False, callbacks=callbacks)
    ```

    A new sequence starts at epoch 0; `fit(initial_epoch=20)`, or `fit` under `BackupAndRestore` after a crash, starts
    at another. With this callback a resumed run sees the same batches as an uninterrupted one, in the same order with
    `shuffle=False` (Keras shuffles batches from global random state).

    It finds the training data by itself: the sequence, also one inside a sequence of your own that asks it for batches,
    or the one behind a `to_tf_dataset()`. Validation data is left alone. Its place in the list of callbacks does not
    matter. `BackupAndRestore(save_freq=n)` resumes the interrupted epoch with the weights of batch n and trains on that
    epoch from its first batch; so does Keras without this callback.

    The same batches give bit-identical weights if the model draws no random numbers: the random state of layers such as
    `Dropout` and `GaussianNoise` belongs to Keras, which neither saves nor restores it with the weights.

    Warns:
        UserWarning: after an epoch, if the training data is no sequence of this package.
    """

    # Without this, Keras waits for each step, and for the accelerator, before it calls `on_train_batch_end`.
    async_safe = True

    def __init__(self) -> None:
        super().__init__()
        self._sequences: Sequence[HasEpochs] = ()
        self._epoch = 0
        self._is_waiting = False

    def on_train_begin(self, logs: Any = None) -> None:
        """Find the sequence given to Keras, or listen for a dataset made from one."""
        self._sequences = keras_resets.about_to_start()
        iteration_started.listen(self._on_dataset_iteration)

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Move the sequence to the epoch, before Keras asks for its batches."""
        self._epoch = epoch
        for sequence in self._sequences:
            sequence.set_epoch(epoch)
        self._is_waiting = not self._sequences

    def _on_dataset_iteration(self, sequence: HasEpochs) -> None:
        """Move the sequence of a dataset: the first iteration that starts in an epoch is the one that is trained on."""
        if self._is_waiting:
            self._is_waiting = False
            sequence.set_epoch(self._epoch)

    def on_test_begin(self, logs: Any = None) -> None:
        """Stop waiting: data that starts from now on is validation data."""
        self._warn_if_waiting()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Stop waiting."""
        self._warn_if_waiting()

    def on_train_end(self, logs: Any = None) -> None:
        """Release the sequence."""
        self._sequences, self._is_waiting = (), False
        iteration_started.stop_listening(self._on_dataset_iteration)

    def _warn_if_waiting(self) -> None:
        if self._is_waiting:
            self._is_waiting = False
            warn_user(
                "ResumeEpoch() found no sequence to move to the epochs of fit: the training data is no sequence of "
                "seqaug, and no dataset of its to_tf_dataset(); expected fit(sequence) or "
                "fit(sequence.to_tf_dataset()), without .cache() after it"
            )
