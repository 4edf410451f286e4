"""`LossSampling`: a Keras callback that draws samples more often the greater their loss is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from seqaug.callbacks.events import EpochStarted, epoch_started
from seqaug.core.keras_base import Callback
from seqaug.core.user_warnings import warn_user
from seqaug.loader.data_loader import Loader
from seqaug.sampling.batch_sampler import BatchSampler
from seqaug.sampling.samplers import SequentialSampler
from seqaug.sequence.base import BatchSequence
from seqaug.utils.validation import positive_number, whole_number

Array = np.ndarray[Any, Any]


class LossSampling(Callback):
    """Draws samples more often the greater their loss is, by ranks (Loshchilov & Hutter 2015).

    ```python
    model.fit(train, epochs=50, shuffle=False, callbacks=[seqaug.LossSampling(train, pressure=5)])
    ```

    After an epoch, the model predicts every sample of the sequence once, in its next epoch's augmentation; the loss of
    each is that of a batch of it alone, as compiled, with its `sample_weight`, and without regularization. Of N
    samples, the one of rank r (0 for the greatest loss) then gets the weight

        w = pressure ** (-r / (N - 1)),

    from 1 down to 1 / pressure, and `set_weights()` applies these from the next epoch on. Ranks, unlike the losses
    themselves, leave no sample out and let no outlier, such as a wrong mask, take over. Equal losses have equal ranks.

    A measurement costs one forward pass over the data set, and making its samples; `every` spaces it out. The next
    epoch's first batches, which workers have prefetched, are made again. `state_dict()` contains the weights: a run
    that resumes by it, and by a saved model, has the batches of the uninterrupted one.

    Samples that `on_error="skip"` replaces have the mean weight.

    Source: Loshchilov, Hutter, "Online Batch Selection for Faster Training of Neural Networks", ICLR 2016 workshop,
    whose probabilities are the same (s_e is `pressure`), with losses as last seen in training.

    Args:
        sequence: the sequence that `fit` trains on.
        pressure: how many times as often the sample of the greatest loss comes as that of the smallest; at least 1,
            where all are equal.
        every: number of epochs between measurements.

    Attributes:
        losses: of the last measurement, (N,) float64; NaN for skipped samples; None before the first.

    Raises:
        TypeError, ValueError: an argument is of another type or out of range; or the sequence is a shard, whose hosts
            would draw from weights that differ by rounding.
    """

    def __init__(self, sequence: Any, pressure: float = 10.0, every: int = 1) -> None:
        super().__init__()
        if not isinstance(sequence, BatchSequence):
            raise TypeError(
                f"LossSampling({type(sequence).__name__}); expected the SegmentationSequence or ClassificationSequence "
                "that fit() trains on"
            )
        if sequence.shard[1] > 1:
            raise ValueError(
                f"LossSampling of a sequence with shard={sequence.shard}: hosts measure losses that differ by "
                "rounding, and would draw different samples; expected losses measured on one host, and set_weights() "
                "on all"
            )
        self._sequence = sequence
        self._pressure = positive_number("pressure", pressure)
        if self._pressure < 1:
            raise ValueError(f"pressure={pressure!r}; expected at least 1")
        self._every = whole_number("every", every, 1)
        self.losses: Array | None = None
        # Raises where the sequence decides on its own how often samples come.
        sequence.check_takes_weights()
        self._is_first_of_epoch = False
        self._trains_on_other = False

    def on_train_begin(self, logs: Any = None) -> None:
        """Start to listen to sequences."""
        self._trains_on_other = False
        epoch_started.listen(self._on_sequence_epoch)

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Wait for the sequence that is trained on: the first that starts an epoch."""
        self._is_first_of_epoch = True

    def _on_sequence_epoch(self, event: EpochStarted) -> None:
        if self._is_first_of_epoch:
            self._is_first_of_epoch = False
            self._trains_on_other = event.worker_stats is not self._sequence._engine

    def on_train_end(self, logs: Any = None) -> None:
        """Stop listening."""
        epoch_started.stop_listening(self._on_sequence_epoch)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Measure the losses, and set the weights of the next epoch."""
        if self._trains_on_other:
            self._trains_on_other = False
            warn_user(
                "LossSampling of a sequence that fit() does not train on: its weights change nothing; expected "
                "LossSampling of the sequence that fit() gets, which is no Mixture (a mixture's parts keep their order)"
            )
        if (epoch + 1) % self._every:
            return
        self.losses = losses_of(self.model, self._sequence)
        weights = rank_weights(self.losses, self._pressure)
        if weights is None:
            warn_user(
                f"LossSampling: {np.count_nonzero(np.isinf(self.losses))} losses are not finite after epoch {epoch}; "
                "the weights stay as they are"
            )
        else:
            self._sequence.set_weights(weights)


def rank_weights(losses: Array, pressure: float) -> Array | None:
    """Return the weights of samples by the ranks of their losses; see `LossSampling`.

    Args:
        losses: (N,); NaN for samples without one.
        pressure: ratio of the greatest weight to the smallest.

    Returns:
        (N,) float64; None where a loss is infinite, or there is none.
    """
    known = ~np.isnan(losses)
    if not known.any() or np.isinf(losses[known]).any():
        return None
    _, inverse, counts = np.unique(-losses[known], return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts + 1) / 2)[inverse]
    weights = np.empty(len(losses))
    weights[known] = pressure ** (-ranks / max(len(ranks) - 1, 1))
    weights[~known] = weights[known].mean()
    return weights


class _OneLoss(NamedTuple):
    sample: int
    loss: float


def losses_of(model: Any, sequence: BatchSequence) -> Array:
    """Measure the loss of every sample.

    Args:
        model: a compiled model.
        sequence: the samples, in the augmentation of its current epoch.

    Returns:
        (N,) float64; NaN for samples that are skipped; infinite where the loss is not a finite number.

    Raises:
        ValueError: batches have no targets.
    """
    losses = np.full(len(sequence.samples), np.nan)
    for sample, loss in _losses(model, sequence):
        losses[sample] = loss if np.isfinite(loss) else np.inf
    return losses


def _losses(model: Any, sequence: BatchSequence) -> Iterator[_OneLoss]:
    import keras

    count = len(sequence.samples)
    loader = Loader(
        sequence._pipeline,
        SequentialSampler(count, count),
        batch_sampler=BatchSampler(count, sequence.batch_size),
        engine=sequence._engine,
        prefetch_batches=sequence.max_queue_size if sequence.workers else 0,
        warm_batches=0,
        skipped=sequence._skipped if sequence._skips else None,
    )
    for batch in loader.batches(sequence.epoch):
        x, y, weights = keras.utils.unpack_x_y_sample_weight(sequence._assembled(batch))
        if y is None:
            raise ValueError("LossSampling needs targets, and the batches of its sequence have none")
        predicted = model.predict_on_batch(x)
        regularization = float(sum(map(float, model.losses)))
        for row, index in enumerate(batch["index"]):
            one = slice(row, row + 1)
            parts = [_row(part, one) for part in (x, y, predicted, weights)]
            loss = model.compute_loss(x=parts[0], y=parts[1], y_pred=parts[2], sample_weight=parts[3])
            yield _OneLoss(int(index), float(keras.ops.convert_to_numpy(loss)) - regularization)


def _row(part: Any, one: slice) -> Any:
    """Take a row of arrays in any structure, as a batch."""
    import keras

    return (
        None if part is None else keras.tree.map_structure(lambda array: keras.ops.convert_to_tensor(array[one]), part)
    )
