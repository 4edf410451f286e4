"""Cross-entropy of one-hot masks, averaged over labelled pixels."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

# Of mixed labels in half precision, whose sum is 1.
_TOLERANCE = 0.05


@keras.saving.register_keras_serializable("seqaug")
class CategoricalCrossentropy(keras.losses.CategoricalCrossentropy):
    """`keras.losses.CategoricalCrossentropy` that skips ignored pixels: those whose one-hot row is all 0.

    ```python
    model.compile("adam", seqaug.losses.CategoricalCrossentropy(from_logits=True))
    ```

    Keras' own gives these pixels a loss of 0 and counts them in the mean, so that the loss shrinks with the share of
    ignored pixels, from batch to batch, and `label_smoothing` gives them targets. Here the mean is over the labelled
    pixels, as `keras.losses.SparseCategoricalCrossentropy(ignore_class=...)` takes it of masks of ids. If nothing is
    ignored, both are equal; if everything is, the loss is 0. Invalid masks give nan: those whose numbers along `axis`
    sum to more than 1, as of classes that overlap, or of another order of axes.

    It takes the arguments of `keras.losses.CategoricalCrossentropy`. Masks are (B, H, W, K), or (B, K, H, W) with
    `axis=1`.
    """

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """Compute the loss.

        Args:
            y_true: one-hot masks.
            y_pred: probabilities or logits, of the same shape.
            sample_weight: None, or numbers, (), (B,), (B, H, W) or (B, H, W, 1).
        """
        y_true = ops.convert_to_tensor(y_true)
        counted = ops.cast(ops.any(ops.not_equal(y_true, 0), axis=self.axis), "float32")
        weights = counted
        if sample_weight is not None:
            sample_weight = ops.cast(ops.convert_to_tensor(sample_weight), "float32")
            if len(sample_weight.shape) > len(counted.shape):
                sample_weight = ops.squeeze(sample_weight, -1)
            for _ in range(len(counted.shape) - len(sample_weight.shape)):
                sample_weight = ops.expand_dims(sample_weight, -1)
            weights = counted * sample_weight
        loss = super().__call__(y_true, y_pred, weights)
        if self.reduction in ("sum_over_batch_size", "mean"):
            # Keras divides by the number of all pixels.
            loss = loss / ops.cast(ops.maximum(ops.mean(counted), keras.config.epsilon()), loss.dtype)
        sums = ops.sum(ops.cast(y_true, "float32"), axis=self.axis)
        return ops.where(ops.all(sums <= 1 + _TOLERANCE), loss, float("nan"))
