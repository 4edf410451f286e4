"""The confusion matrix, and the measures of each class that follow from it."""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
Counts = np.ndarray[Any, np.dtype[np.int64]]
PerClass = np.ndarray[Any, np.dtype[np.float64]]

_BLOCK = 2**22  # pixels at a time: bounds the memory that a large image takes


def confusion_matrix(truth: Array, predicted: Array, num_classes: int, ignore_index: int | None = None) -> Counts:
    """Count pixels by true and predicted class.

    Args:
        truth: ids, any shape, any unsigned dtype; labels from `num_classes` on, and `ignore_index`, are not counted.
        predicted: ids below `num_classes`, of the same shape.
        num_classes: number of classes, K.
        ignore_index: label of ignored pixels, or None.

    Returns:
        (K, K): [i, j] is the number of pixels of class i that are predicted as class j.

    Raises:
        ValueError: the shapes differ.
    """
    if truth.shape != predicted.shape:
        raise ValueError(f"the mask is {truth.shape} and the prediction {predicted.shape}; expected equal shapes")
    counts = np.zeros(num_classes**2, np.int64)
    truths, predictions = truth.reshape(-1), predicted.reshape(-1)
    for start in range(0, truths.size, _BLOCK):
        ids, guesses = truths[start : start + _BLOCK], predictions[start : start + _BLOCK]
        counted = is_counted(ids, num_classes, ignore_index)
        pairs = ids[counted].astype(np.int64) * num_classes + guesses[counted]
        counts += np.bincount(pairs, minlength=num_classes**2)
    return counts.reshape(num_classes, num_classes)


def is_counted(truth: Array, num_classes: int, ignore_index: int | None) -> Array:
    """Return which pixels of a mask have a class, bool, of the same shape."""
    counted: Array = truth < num_classes
    return counted if ignore_index is None else counted & (truth != ignore_index)


def intersection_over_union(confusion: Counts) -> PerClass:
    """Compute the intersection over union (Jaccard index) of each class: TP / (TP + FP + FN).

    Returns:
        (K,), 0 to 1; NaN for classes that occur neither in masks nor in predictions.
    """
    hits = np.diag(confusion)
    union = confusion.sum(0) + confusion.sum(1) - hits
    return _ratio(hits, union, union > 0)


def dice(confusion: Counts) -> PerClass:
    """Compute the Dice coefficient (F1 score) of each class: 2 TP / (2 TP + FP + FN); NaN as for IoU."""
    total = confusion.sum(0) + confusion.sum(1)
    return _ratio(2 * np.diag(confusion), total, total > 0)


def precision(confusion: Counts) -> PerClass:
    """Compute the precision of each class: TP / (TP + FP); 0 for a class that is never predicted; NaN as for IoU."""
    return _ratio(np.diag(confusion), confusion.sum(0), _occurs(confusion))


def recall(confusion: Counts) -> PerClass:
    """Compute the recall of each class: TP / (TP + FN); 0 for a class that no mask holds; NaN as for IoU."""
    return _ratio(np.diag(confusion), confusion.sum(1), _occurs(confusion))


def pixel_accuracy(confusion: Counts) -> float:
    """Compute the share of counted pixels that are predicted correctly, 0 to 1; NaN without counted pixels."""
    total = int(confusion.sum())
    return int(np.diag(confusion).sum()) / total if total else float("nan")


def mean_of_known(values: PerClass) -> float:
    """Return the mean of values that are not NaN; NaN if all are."""
    known = values[~np.isnan(values)]
    return float(known.mean()) if known.size else float("nan")


def _occurs(confusion: Counts) -> Array:
    occurs: Array = (confusion.sum(0) + confusion.sum(1)) > 0
    return occurs


def _ratio(part: Array, whole: Array, is_known: Array) -> PerClass:
    return np.where(is_known, part / np.maximum(whole, 1), np.nan)
