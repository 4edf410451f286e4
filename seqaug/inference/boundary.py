"""Boundary F1: how well the contours of a prediction follow those of the mask.

G. Csurka, D. Larlus, F. Perronnin: What is a good evaluation measure for semantic segmentation? BMVC 2013.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np

Array = np.ndarray[Any, Any]

# Distances are square roots of whole numbers: this keeps those equal to the tolerance.
_ROUNDING = 1e-4

# Measured at a time, or more where the margin is larger: this bounds the memory that a large image takes.
_BLOCK_ROWS, _BLOCK_COLUMNS = 1024, 2048


class BoundaryF1:
    """Computes the boundary F1 of each class in an image, whose rows are added from top to bottom.

    A pixel of a class is on its boundary if one of its four neighbours has another class or is ignored. Ignored pixels
    are so in both, whatever is predicted there: many data sets outline objects by them, and without these contours
    would have none. Precision is the share of the predicted boundary within `tolerance` of the true one, recall
    the share of the true boundary within `tolerance` of the predicted one, by Euclidean distance; F1 is their harmonic
    mean.

    Args:
        height: of the image, in pixels.
        num_classes: number of classes.
        tolerance: in pixels.
    """

    def __init__(self, height: int, num_classes: int, tolerance: float) -> None:
        self._height = height
        self._tolerance = tolerance + _ROUNDING
        # Around a pixel: as far as a boundary counts, and the neighbours that make it one.
        self._margin = int(self._tolerance) + 1
        # Boundary pixels of each class: true ones, those near a predicted one; predicted ones, those near a true one.
        self._pixels = np.zeros((2, 2, num_classes), np.int64)
        self._rows: list[tuple[Array, Array, Array]] = []
        # Rows of the image: the first one kept, the first one that is not measured, and the end of those added.
        self._top = self._measured = self._bottom = 0

    def add(self, truth: Array, predicted: Array, counted: Array) -> None:
        """Add rows.

        Args:
            truth: class ids, (rows, W).
            predicted: class ids, (rows, W).
            counted: pixels that are not ignored, (rows, W), bool.
        """
        self._rows.append((truth, predicted, counted))
        self._bottom += len(truth)
        rows = max(_BLOCK_ROWS, self._margin)
        if self._bottom < self._height and self._bottom < self._measured + rows + self._margin:
            return
        arrays = [parts[0] if len(parts) == 1 else np.concatenate(parts) for parts in zip(*self._rows, strict=True)]
        while self._measured < self._bottom:
            until = min(self._measured + rows, self._height)
            if self._bottom < min(until + self._margin, self._height):
                break
            self._measure([array[max(self._measured - self._margin, 0) - self._top :] for array in arrays], until)
            self._measured = until
        top = max(self._measured - self._margin, 0)
        truth, predicted, counted = (array[top - self._top :].copy() for array in arrays)
        self._rows, self._top = [(truth, predicted, counted)], top

    def _measure(self, arrays: Sequence[Array], until: int) -> None:
        """Measure the rows up to `until` that are not measured yet; the arrays begin with the margin above these."""
        above = min(self._margin, self._measured)
        rows = slice(above, above + until - self._measured)
        width, step = arrays[0].shape[1], max(_BLOCK_COLUMNS, 2 * self._margin)
        for left in range(0, width, step):
            outside = max(left - self._margin, 0)
            around = slice(outside, left + step + self._margin)
            columns = slice(left - outside, min(left + step, width) - outside)
            self._add_block([array[: rows.stop + self._margin, around] for array in arrays], (rows, columns))

    def _add_block(self, arrays: Sequence[Array], inner: tuple[slice, slice]) -> None:
        """Count the boundary pixels of the inner part of a block, by those of all of it."""
        truth, predicted, counted = arrays
        of_truth, of_prediction = _boundary(truth, counted), _boundary(predicted, counted)
        present = np.union1d(truth[inner][of_truth[inner]], predicted[inner][of_prediction[inner]])
        for class_id in present.tolist():
            boundaries = of_truth & (truth == class_id), of_prediction & (predicted == class_id)
            is_used = boundaries[0] | boundaries[1]
            box = _bounds(is_used.any(axis=1)), _bounds(is_used.any(axis=0))
            for which, (own, other) in enumerate((boundaries, boundaries[::-1])):
                inside = np.zeros_like(own)
                inside[inner] = own[inner]
                self._pixels[which, 0, class_id] += np.count_nonzero(inside)
                if inside.any() and other.any():
                    near = _distance_to(other[box])[inside[box]] <= self._tolerance
                    self._pixels[which, 1, class_id] += np.count_nonzero(near)

    def scores(self) -> Array:
        """Return F1 of all rows.

        Returns:
            (num_classes,), float64, 0 to 1; 0 where only one of the two has a boundary, NaN where neither has.
        """
        (true, found), (predicted, correct) = self._pixels
        recall, precision = found / np.maximum(true, 1), correct / np.maximum(predicted, 1)
        with np.errstate(invalid="ignore"):
            scores: Array = np.nan_to_num(2 * precision * recall / (precision + recall))
        scores[true + predicted == 0] = np.nan
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
