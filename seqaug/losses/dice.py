"""The Dice loss."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from seqaug.losses.pixels import TOLERANCE, read_pixels, validate_ignore_class


@keras.saving.register_keras_serializable("seqaug")
class Dice(keras.losses.Loss):
    """`keras.losses.Dice` over labelled pixels, for every `mask_encoding`.

    ```python
    model.compile("adam", seqaug.losses.Dice(ignore_class=train.ignore_index, from_logits=True))
    ```

    The loss is 1 - 2 sum(w t p) / (sum(w t) + sum(w p)), with targets t, probabilities p and pixel weights w: 0 where a
    pixel is ignored, else `sample_weight` (Milletari et al. 2016, without squares, as in Keras). If nothing is ignored
    or weighted, it equals `keras.losses.Dice` of one-hot targets.

    Masks may have any `mask_encoding`: "sparse" (B, H, W) ids, ignored where they are `ignore_class`; "one_hot"
    (B, H, W, K), ignored where all 0; "binary" (B, H, W, 1), for a model of one channel, ignored where they are
    `ignore_class`. It is therefore not for targets in which a row of zeros means background.

    With `axis=(0, 1, 2)`, a class without labelled pixels counts with a loss of 1 and no gradient, as in Keras. If no
    pixel is left at all, as in a wholly ignored image with `axis=(1, 2, 3)`, the loss is 0, and the mean is taken over
    the others. Invalid input gives nan: a label that is neither a class nor `ignore_class`, or probabilities outside of
    0 to 1 (logits without `from_logits=True`).

    Args:
        ignore_class: label of ignored pixels, `train.ignore_index`; None: none.
        from_logits: whether the model returns logits (no softmax or sigmoid at its end).
        axis: dimensions of (B, H, W, K) to sum over, before the mean over the others. None: all, so that large classes
            weigh more; (1, 2): one Dice loss per image and class; (0, 1, 2): per class.
        reduction: "sum_over_batch_size", "mean", "mean_with_sample_weight" (here the same, as weights are inside the
            sums), "sum" or None, as in Keras.
        name: name of the loss.
        dtype: dtype of the result, as in Keras; sums are at least float32.

    Raises:
        TypeError: `ignore_class` is neither an integer nor None.
        ValueError: when called: the shapes of masks, predictions and weights do not match.
    """

    def __init__(
        self,
        ignore_class: int | None = None,
        from_logits: bool = False,
        axis: tuple[int, ...] | int | None = None,
        reduction: str | None = "sum_over_batch_size",
        name: str = "dice",
        dtype: Any = None,
    ) -> None:
        super().__init__(name=name, reduction=reduction, dtype=dtype)
        self.ignore_class = validate_ignore_class(ignore_class)
        self.from_logits = from_logits
        self.axis = tuple(axis) if isinstance(axis, list) else axis

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """Compute the loss; see the class for the shapes."""
        y_pred = ops.convert_to_tensor(y_pred)
        pixels = read_pixels(y_true, y_pred, sample_weight, self.ignore_class, self._sums_dtype)
        targets = pixels.targets
        if targets is None:
            targets = ops.one_hot(pixels.ids, y_pred.shape[-1], dtype=self._sums_dtype)
        # The weights belong inside the sums; Keras would multiply the result by them.
        return super().__call__((targets, pixels.weights, pixels.is_valid), y_pred)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Compute the losses along `axis` from the masks as `__call__` prepared them."""
        targets, weights, labels_valid = y_true
        weights = ops.expand_dims(ops.cast(weights, self._sums_dtype), -1)
        targets = ops.cast(targets, self._sums_dtype) * weights
        predicted = ops.cast(y_pred, self._sums_dtype)
        is_valid = ops.not_equal(labels_valid, 0)
        if self.from_logits:
            predicted = ops.sigmoid(predicted) if predicted.shape[-1] == 1 else ops.softmax(predicted, axis=-1)
        else:
            in_range = ops.logical_and(predicted >= -TOLERANCE, predicted <= 1 + TOLERANCE)
            is_valid = ops.logical_and(is_valid, ops.all(in_range))
        both = ops.sum(targets * predicted, axis=self.axis)
        either = ops.sum(targets + weights * predicted, axis=self.axis)
        losses = 1 - 2 * both / (either + keras.config.epsilon())
        remains = ops.cast(ops.any(ops.broadcast_to(weights > 0, ops.shape(predicted)), axis=self.axis), losses.dtype)
        losses = losses * remains
        if self.reduction not in ("sum", "none", None):
            # Keras divides by the number of losses, including those without pixels.
            losses = losses / ops.maximum(ops.mean(remains), keras.config.epsilon())
        return ops.where(is_valid, losses, float("nan"))

    @property
    def _sums_dtype(self) -> str:
        """Dtype of sums over pixels, which overflow half precision."""
        return "float64" if self.dtype == "float64" else "float32"

    def get_config(self) -> dict[str, Any]:
        """Return the arguments, for saving."""
        own = {"ignore_class": self.ignore_class, "from_logits": self.from_logits, "axis": self.axis}
        return {**super().get_config(), **own, "dtype": self.dtype}
