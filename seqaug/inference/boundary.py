"""Boundary F1: how well the contours of a prediction follow those of the mask.

G. Csurka, D. Larlus, F. Perronnin: What is a good evaluation measure for semantic segmentation? BMVC 2013.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

Array = np.ndarray[Any, Any]

# Distances are square roots of whole numbers: this keeps those equal to the tolerance.
_ROUNDING = 1e-4


def boundary_f1(truth: Array, predicted: Array, counted: Array, num_classes: int, tolerance: float) -> Array:
    """Compute the boundary F1 of each class in an image.

    A pixel of a class is on its boundary if one of its four neighbours has another class or is ignored. Ignored pixels
    are so in both, whatever is predicted there: many data sets outline objects by them, and without these contours
    would have none. Precision is the share of the predicted boundary within `tolerance` of the true one, recall
    the share of the true boundary within `tolerance` of the predicted one, by Euclidean distance; F1 is their harmonic
    mean.

    Args:
        truth: class ids, (H, W).
        predicted: class ids, (H, W).
        counted: pixels that are not ignored, (H, W), bool.
        num_classes: number of classes.
        tolerance: in pixels.

    Returns:
        (num_classes,), float64, 0 to 1; 0 where only one of the two has a boundary, NaN where neither has.
    """
    scores = np.full(num_classes, np.nan)
    of_truth, of_prediction = _boundary(truth, counted), _boundary(predicted, counted)
    present = np.union1d(truth[of_truth], predicted[of_prediction])
    for class_id in present.tolist():
        wanted, found = of_truth & (truth == class_id), of_prediction & (predicted == class_id)
        if not (wanted.any() and found.any()):
            scores[class_id] = 0
            continue
        rows, columns = _bounds((wanted | found).any(axis=1)), _bounds((wanted | found).any(axis=0))
        wanted, found = wanted[rows, columns], found[rows, columns]
        precision = float((_distance_to(wanted)[found] <= tolerance + _ROUNDING).mean())
        recall = float((_distance_to(found)[wanted] <= tolerance + _ROUNDING).mean())
        scores[class_id] = 2 * precision * recall / (precision + recall) if precision + recall else 0
    return scores


def _boundary(labels: Array, counted: Array) -> Array:
    boundary = np.zeros(labels.shape, bool)
    known = np.where(counted, labels.astype(np.int32), -1)
    across, down = known[:, 1:] != known[:, :-1], known[1:] != known[:-1]
    boundary[:, 1:] |= across
    boundary[:, :-1] |= across
    boundary[1:] |= down
    boundary[:-1] |= down
    return boundary & counted


def _bounds(is_used: Array) -> slice:
    first, last = np.flatnonzero(is_used)[[0, -1]]
    return slice(int(first), int(last) + 1)


def _distance_to(pixels: Array) -> Array:
    """Return the Euclidean distance of each pixel to the nearest of the given ones."""
    return cv2.distanceTransform((~pixels).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
