"""The metrics that fit an encoding of masks or labels."""

from __future__ import annotations

from typing import Any

import keras

from seqaug.metrics.overlap import MeanIoU


def mask_metrics(num_classes: int, ignore_index: int | None, *, from_logits: bool) -> list[Any]:
    """Return the mean IoU over labelled pixels, for every encoding of masks.

    Args:
        num_classes: number of classes; 2 for "binary".
        ignore_index: label of ignored pixels, or None.
        from_logits: whether the model returns logits.
    """
    return [MeanIoU(num_classes, ignore_class=ignore_index, from_logits=from_logits)]


def overlapping_metrics(*, from_logits: bool) -> list[Any]:
    """Return the IoU of masks whose classes overlap, over the pixels of all classes together.

    Args:
        from_logits: whether the model returns logits.
    """
    return [keras.metrics.BinaryIoU(target_class_ids=[1], threshold=0.0 if from_logits else 0.5, name="iou")]


def label_metrics(label_mode: str, num_classes: int | None, *, from_logits: bool) -> list[Any]:
    """Return the accuracy of labels; for several classes per sample, the area under the curve as well.

    Args:
        label_mode: of the sequence.
        num_classes: number of classes.
        from_logits: whether the model returns logits.
    """
    if label_mode == "int":
        return [keras.metrics.SparseCategoricalAccuracy(name="accuracy")]
    if label_mode == "categorical":
        return [keras.metrics.CategoricalAccuracy(name="accuracy")]
    # Keras' default threshold, 0.5, is that of probabilities.
    accuracy = keras.metrics.BinaryAccuracy(name="accuracy", threshold=0.0 if from_logits else 0.5)
    if label_mode == "binary":
        return [accuracy]
    return [accuracy, keras.metrics.AUC(name="auc", multi_label=True, num_labels=num_classes, from_logits=from_logits)]
