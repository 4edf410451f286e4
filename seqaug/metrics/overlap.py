"""Mean IoU and mean Dice over classes."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops

from seqaug.losses.pixels import TOLERANCE, read_pixels, validate_ignore_class
from seqaug.utils.validation import whole_number

# Sums are split into a multiple of this and a remainder: float32 alone is exact to 2**24, a few large images.
_CARRY = 2.0**20


class _MeanOverlap(keras.metrics.Metric):
    """Base of both metrics: sums of pixels per class since `reset_state`."""

    _default_name: str

    def __init__(
        self,
        num_classes: int,
        ignore_class: int | None = None,
        from_logits: bool = False,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(name=name or self._default_name, dtype=dtype)
        # Keras' attribute for "more is better", which EarlyStopping(mode="auto") reads.
        self._direction = "up"
        self.num_classes = whole_number("num_classes", num_classes, 2)
        self.ignore_class = validate_ignore_class(ignore_class)
        self.from_logits = from_logits
        # Rows: pixels in both, in the mask, in the prediction.
        shape = (3, self.num_classes)
        self.carried = self.add_variable(shape, "zeros", dtype="float32", name="carried")
        self.remainder = self.add_variable(shape, "zeros", dtype="float32", name="remainder")

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Add the pixels of a batch.

        Args:
            y_true: masks of any encoding: class ids, (B, H, W) or (B, H, W, 1), or one-hot, (B, H, W, K).
            y_pred: logits or probabilities, (B, H, W, num_classes); for two classes also (B, H, W, 1).
            sample_weight: weight of each pixel: None, or numbers, (), (B,), (B, H, W) or (B, H, W, 1).

        Raises:
            ValueError: the shapes do not match each other or `num_classes`.
        """
        y_pred = ops.cast(ops.convert_to_tensor(y_pred), "float32")
        pixels = read_pixels(y_true, y_pred, sample_weight, self.ignore_class, "float32")
        channels = y_pred.shape[-1]
        if channels != self.num_classes and (channels, self.num_classes) != (1, 2):
            raise ValueError(
                f"{self.name}: the predictions have {channels} channels, of shape {tuple(y_pred.shape)}, and "
                f"num_classes={self.num_classes}; expected (B, H, W, {self.num_classes})"
            )
        is_valid = pixels.is_valid
        if channels > 1:
            predicted = ops.cast(ops.argmax(y_pred, axis=-1), "int32")
            ids = pixels.ids if pixels.targets is None else ops.cast(ops.argmax(pixels.targets, axis=-1), "int32")
        else:
            predicted = ops.cast(y_pred[..., 0] > (0.0 if self.from_logits else 0.5), "int32")
            ids = ops.cast(pixels.targets[..., 0] > 0.5, "int32")
            if not self.from_logits:
                is_valid = ops.logical_and(is_valid, ops.all(ops.abs(y_pred - 0.5) <= 0.5 + TOLERANCE))
        weights = pixels.weights
        both = ops.where(ops.equal(ids, predicted), weights, 0)
        sums = ops.stack([self._by_class(ids, both), self._by_class(ids, weights), self._by_class(predicted, weights)])
        remainder = self.remainder + ops.where(is_valid, sums, float("nan"))
        carried = ops.floor(remainder / _CARRY)
        self.carried.assign(self.carried + carried)
        self.remainder.assign(remainder - carried * _CARRY)

    def _by_class(self, ids: Any, weights: Any) -> Any:
        """Sum weights by class, (num_classes,), image row by image row, so that sums stay exact in float32."""
        width = ops.shape(ids)[-1]
        ids, weights = ops.reshape(ids, (-1, width)), ops.reshape(weights, (-1, width))
        rows = ops.shape(ids)[0]
        segments = ops.expand_dims(ops.arange(rows, dtype="int32") * self.num_classes, -1) + ids
        sums = ops.segment_sum(
            ops.reshape(weights, (-1,)), ops.reshape(segments, (-1,)), num_segments=rows * self.num_classes
        )
        return ops.sum(ops.reshape(sums, (-1, self.num_classes)), axis=0)

    def reset_state(self) -> None:
        """Reset all sums to 0."""
        for variable in self.variables:
            variable.assign(ops.zeros(variable.shape, variable.dtype))

    def _overlap(self) -> Any:
        """Compute the overlap of each class, (num_classes,), and which classes count, bool."""
        both, labelled, predicted = ops.unstack(self.carried * _CARRY + self.remainder)
        counts = ops.not_equal(labelled + predicted, 0)
        if self.ignore_class is not None and 0 <= self.ignore_class < self.num_classes:
            counts = ops.logical_and(counts, ops.not_equal(ops.arange(self.num_classes), self.ignore_class))
        return self._ratio(both, labelled, predicted), counts

    def _ratio(self, both: Any, labelled: Any, predicted: Any) -> Any:
        raise NotImplementedError

    def result(self) -> Any:
        """Return the mean over the classes that occur in masks or predictions; nan if none does."""
        overlap, counts = self._overlap()
        return ops.sum(ops.where(counts, overlap, 0)) / ops.sum(ops.cast(counts, overlap.dtype))

    def per_class(self) -> np.ndarray[Any, np.dtype[np.float32]]:
        """Return the value of each class, (num_classes,); nan for classes that do not count in the mean.

        It covers the pixels since the last `reset_state`: after `evaluate`, or `fit` with validation data, all
        validation images.
        """
        overlap, counts = self._overlap()
        values: np.ndarray[Any, Any] = ops.convert_to_numpy(ops.where(counts, overlap, float("nan")))
        return values

    def get_config(self) -> dict[str, Any]:
        """Return the arguments, for saving."""
        own = {"num_classes": self.num_classes, "ignore_class": self.ignore_class, "from_logits": self.from_logits}
        return {**super().get_config(), **own}


@keras.saving.register_keras_serializable("seqaug")
class MeanIoU(_MeanOverlap):
    """Mean intersection over union of labelled pixels, for every `mask_encoding`.

    ```python
    iou = seqaug.metrics.MeanIoU(train.num_classes, ignore_class=train.ignore_index)
    model.compile("adam", loss, metrics=[iou])
    model.evaluate(val)
    dict(zip(train.class_names, iou.per_class()))
    ```

    The IoU of a class is TP / (TP + FP + FN), summed over all pixels seen. Masks may have any `mask_encoding`: "sparse"
    (B, H, W) ids, ignored where they are `ignore_class`; "one_hot" (B, H, W, K), ignored where all 0; "binary"
    (B, H, W, 1). Predictions are the model's output, (B, H, W, K), whose largest channel is taken, or, for two classes,
    (B, H, W, 1); do not convert them to ids.

    Classes that occur in neither masks nor predictions, and `ignore_class` if it is the id of a class, do not count in
    the mean. The mean is nan if no class counts because every pixel is ignored, if a label is neither a class nor
    `ignore_class`, or if a single channel of predictions leaves 0 to 1 without `from_logits=True`. In
    `compile(weighted_metrics=...)`, pixels count by their `sample_weight`.

    Args:
        num_classes: number of classes, `train.num_classes`, at least 2.
        ignore_class: label of ignored pixels, `train.ignore_index`; None: none.
        from_logits: whether a single channel is a logit, with its threshold at 0, or a probability, at 0.5. With more
            channels, the largest is the same either way.
        name: name of the metric; None: "mean_iou".
        dtype: as in Keras; pixel counts are exact in any case, up to 2**24 of a class per batch and 2**44 in all.

    Raises:
        TypeError, ValueError: an argument is out of range.
    """

    _default_name = "mean_iou"

    def _ratio(self, both: Any, labelled: Any, predicted: Any) -> Any:
        return both / (labelled + predicted - both)


@keras.saving.register_keras_serializable("seqaug")
class MeanDice(_MeanOverlap):
    """Mean Dice coefficient of labelled pixels, for every `mask_encoding`.

    The Dice coefficient of a class is 2 TP / (2 TP + FP + FN), the F1 score of its pixels. All else is as in `MeanIoU`.

    Args:
        num_classes: as in `MeanIoU`.
        ignore_class: as in `MeanIoU`.
        from_logits: as in `MeanIoU`.
        name: name of the metric; None: "mean_dice".
        dtype: as in `MeanIoU`.

    Raises:
        TypeError, ValueError: an argument is out of range.
    """

    _default_name = "mean_dice"

    def _ratio(self, both: Any, labelled: Any, predicted: Any) -> Any:
        return 2 * both / (labelled + predicted)
