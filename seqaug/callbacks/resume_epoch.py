"""`ResumeEpoch`: a Keras callback that keeps the training sequence in step with the epochs of `fit`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from seqaug.callbacks import iteration_events, keras_resets
from seqaug.callbacks.iteration_events import Epochs
from seqaug.core.keras_base import Callback
from seqaug.core.user_warnings import warn_user


class ResumeEpoch(Callback):
    """Has `fit` train its epoch e on the sequence's epoch e, wherever `fit` begins and wherever the sequence was.

    ```python
    callbacks = [keras.callbacks.BackupAndRestore("backup"), seqaug.ResumeEpoch()]
    model.fit(train, validation_data=val, epochs=50, shuffle=False, callbacks=callbacks)
    ```

    A new sequence begins at epoch 0, while `fit(initial_epoch=20)`, and `fit` under `BackupAndRestore` that takes up a
    run that was interrupted, begin at another. With this callback they see the batches that come then, so that a run
    that was interrupted and taken up again sees the same batches as one that was not, in the same order with
    `shuffle=False` (Keras shuffles batches from global random state).

    It finds by itself what is trained on: the sequence, also inside a sequence of your own that asks it for batches, or
    the one whose `to_tf_dataset()` is iterated over. What is validated on is left alone. Where it stands in the list of
    callbacks does not matter. `BackupAndRestore(save_freq=n)` takes up the epoch that was interrupted with the weights
    of batch n, and trains on that epoch from its first batch; so does Keras without this callback.

    The same batches make the same weights, to the last bit, where the model draws nothing itself: the random state of
    layers such as `Dropout` and `GaussianNoise` is Keras', which neither saves nor restores it with the weights.

    Warns:
        UserWarning: after an epoch, if what is trained on is no sequence of this package.
    """

    # Keras would wait for each step, and for the accelerator, for a callback that does not say this.
    async_safe = True

    def __init__(self) -> None:
        super().__init__()
        self._sequences: Sequence[Epochs] = ()
        self._epoch = 0
        self._is_waiting = False

    def on_train_begin(self, logs: Any = None) -> None:
        """Find the sequence that Keras was given, or listen for a dataset made of one."""
        self._sequences = keras_resets.about_to_begin()
        iteration_events.listen(self)

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Move the sequence to the epoch, before Keras asks for its batches."""
        self._epoch = epoch
        for sequence in self._sequences:
            sequence.set_epoch(epoch)
        self._is_waiting = not self._sequences

    def pass_begins(self, sequence: Epochs) -> None:
        """Hear that a pass through a dataset begins: the first one of an epoch is the one that is trained on."""
        if self._is_waiting:
            self._is_waiting = False
            sequence.set_epoch(self._epoch)

    def on_test_begin(self, logs: Any = None) -> None:
        """Stop waiting: what begins from now on is validated on."""
        self._warn_if_waiting()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Stop waiting."""
        self._warn_if_waiting()

    def on_train_end(self, logs: Any = None) -> None:
        """Let go of the sequence."""
        self._sequences, self._is_waiting = (), False
        iteration_events.stop_listening(self)

    def _warn_if_waiting(self) -> None:
        if self._is_waiting:
            self._is_waiting = False
            warn_user(
                "ResumeEpoch() found nothing to keep in step with the epochs of fit: what is trained on is no sequence "
                "of seqaug, nor a dataset that its to_tf_dataset() made; expected fit(sequence) or "
                "fit(sequence.to_tf_dataset()), without .cache() behind it"
            )
