"""Encoding of labels in a batch, and weights of their samples."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal, get_args

import numpy as np

from seqaug.statistics.class_weights import checked_weights
from seqaug.statistics.counts import ClassCounts

LabelMode = Literal["int", "categorical", "binary", "multi_label"]
LABEL_MODES: Final = get_args(LabelMode)

Array = np.ndarray[Any, Any]


class LabelEncoding:
    """Encodes the labels of samples for a batch.

    "int": class ids, (B,) int32. "categorical": one-hot rows, (B, K) float32. "binary": 0 or 1, (B, 1) float32, the
    shape of a `Dense(1)`'s output, so that no loss or metric can broadcast (B,) against (B, 1). "multi_label": a 1 for
    each class of the sample, (B, K) float32.

    Args:
        counts: the classes of each sample; exactly one, unless "multi_label".
        label_mode: one of `LABEL_MODES`.
        class_weights: (K,), from which each sample gets its weight; None: no weights.

    Raises:
        ValueError: "binary" without exactly two classes; or the weights do not suit the mode, or are not one per
            class, negative, not finite or all 0.
    """

    def __init__(self, counts: ClassCounts, label_mode: str, class_weights: Any = None) -> None:
        if label_mode == "binary" and counts.num_classes != 2:
            raise ValueError(
                f'label_mode="binary" with {counts.num_classes} classes; expected 2, or label_mode="int" or '
                '"categorical"'
            )
        if label_mode == "multi_label" and class_weights is not None:
            raise ValueError(
                'class_weights with label_mode="multi_label": a sample has one weight but may have several classes; '
                'expected oversample="repeat_factor", or weights of classes in the loss'
            )
        self._counts = counts
        self._mode = label_mode
        self._weights = None
        if class_weights is not None:
            weights = checked_weights(class_weights, counts.num_classes, "num_classes=")
            self._weights = np.broadcast_to(weights, counts.num_classes).astype(np.float32)

    def encode(self, indices: Array) -> dict[str, Array]:
        """Return "label", and "sample_weight", (B,) float32, if there are weights.

        Args:
            indices: indices of the samples, (B,).
        """
        starts = self._counts.indptr
        if self._mode == "multi_label":
            return {"label": self._rows(indices)}
        ids = self._counts.indices[starts[indices]]
        encoded: dict[str, Array] = {}
        if self._mode == "int":
            encoded["label"] = ids.astype(np.int32)
        elif self._mode == "binary":
            encoded["label"] = ids.astype(np.float32)[:, np.newaxis]
        else:
            encoded["label"] = self._rows(indices)
        if self._weights is not None:
            encoded["sample_weight"] = self._weights[ids]
        return encoded

    def mixed(self, index: int, shares: Mapping[int, float]) -> Array:
        """Return the label of an image that is mixed of several, (K,) float32, whose sum is 1.

        Args:
            index: the image's own index.
            shares: the shares of the others, by index; the rest is its own.
        """
        row = np.zeros(self._counts.num_classes, np.float64)
        for mixed_in, share in ((index, 1 - sum(shares.values())), *shares.items()):
            row[self._counts.indices[self._counts.indptr[mixed_in]]] += share
        return row.astype(np.float32)

    def encode_mixed(self, labels: Array) -> dict[str, Array]:
        """Return the same as `encode` for labels that are mixed already, (B, K); weights mix as labels do."""
        encoded = {"label": labels}
        if self._weights is not None:
            encoded["sample_weight"] = labels @ self._weights
        return encoded

    def _rows(self, indices: Array) -> Array:
        starts = self._counts.indptr
        rows = np.zeros((len(indices), self._counts.num_classes), np.float32)
        for row, start, end in zip(rows, starts[indices], starts[indices + 1], strict=True):
            row[self._counts.indices[start:end]] = 1
        return rows
