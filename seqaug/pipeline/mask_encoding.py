"""Encoding of masks in a batch, and weights of their pixels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal, get_args

import numpy as np

from seqaug.core.layout import Layout
from seqaug.palette.label_spec import LabelSpec
from seqaug.palette.multi_label import MultiLabels
from seqaug.statistics.class_weights import checked_weights

MaskEncodingName = Literal["sparse", "one_hot", "binary", "multi_label"]
MASK_ENCODINGS: Final = get_args(MaskEncodingName)
_ALL_LABELS: Final = 65_536

Array = np.ndarray[Any, Any]


class MaskEncoding:
    """Writes the mask of one sample into a batch.

    "sparse": class ids, (H, W), uint8, or int32 if the ids are not known to fit. "one_hot": (H, W, K) float32, ignored
    pixels all 0. "binary": (H, W, 1) float32. "multi_label": (H, W, K) float32, a 1 for each class of the pixel, filled
    pixels all 0. With class weights, a further array "sample_weight", (H, W) float32, holds the weight of each pixel's
    class, and 0 for ignored pixels; of "multi_label", 1, and 0 for filled pixels.

    Args:
        labels: the classes.
        mask_encoding: one of `MASK_ENCODINGS`.
        pixel_weights: weight of a pixel by its class, (K,), or one number for all classes; None: no "sample_weight".

    Attributes:
        has_weights: whether there is a "sample_weight".
        ignore_index: of the labels.
        map_names: of the labels.

    Raises:
        ValueError: the encoding is unknown or does not suit the labels, or the weights are not one per class,
            negative, not finite or all 0.
    """

    def __init__(self, labels: LabelSpec, mask_encoding: str, pixel_weights: Array | float | None = None) -> None:
        if mask_encoding not in MASK_ENCODINGS:
            raise ValueError(f"mask_encoding={mask_encoding!r}; expected one of {', '.join(map(repr, MASK_ENCODINGS))}")
        if mask_encoding == "one_hot" and labels.num_classes is None:
            raise ValueError('mask_encoding="one_hot" needs num_classes= (or a palette) to know how many channels')
        if mask_encoding == "binary":
            _check_binary(labels)
        self._encoding = mask_encoding
        self._sparse_dtype = np.dtype(np.uint8 if labels.dtype == np.uint8 else np.int32)
        if mask_encoding == "one_hot":
            self._tables = [_one_hot_rows(labels)]
        elif mask_encoding == "multi_label":
            if not isinstance(labels, MultiLabels):
                raise ValueError('mask_encoding="multi_label" needs num_classes= (or a palette) to know the classes')
            self._tables = labels.tables(np.float32)
        self._weights = None
        if pixel_weights is not None:
            self._weights = _weights_of_labels(labels, pixel_weights)
        self.has_weights = self._weights is not None
        self.ignore_index = labels.ignore_index
        self.map_names = labels.map_names
        self._channels = labels.num_classes or 1

    def layout(self, mask: Array) -> Layout:
        """Return the shape and dtype of "mask", and of "sample_weight" if there is one, in a row."""
        layout: Layout = {"mask": (mask.shape, self._sparse_dtype)}
        if self._encoding in ("one_hot", "multi_label"):
            layout["mask"] = (*mask.shape, self._channels), np.dtype(np.float32)
        elif self._encoding == "binary":
            layout["mask"] = (*mask.shape, 1), np.dtype(np.float32)
        if self._weights is not None:
            layout["sample_weight"] = mask.shape, self._weights.dtype
        return layout

    def write(self, sample: Mapping[str, Array], row: Mapping[str, Array]) -> None:
        """Write the mask of a sample, (H, W) class ids, or maps of classes that overlap, into the views of its row."""
        mask = sample["mask"]
        if self._encoding in ("one_hot", "multi_label"):
            if len(self._tables) == 1:
                np.take(self._tables[0], mask, axis=0, out=row["mask"], mode="clip")
            else:
                self._write_maps(sample, row["mask"])
        elif self._encoding == "binary":
            row["mask"][..., 0] = mask
        else:
            row["mask"][...] = mask
        if self._weights is not None:
            np.take(self._weights, mask, out=row["sample_weight"], mode="clip")

    def _write_maps(self, sample: Mapping[str, Array], row: Array) -> None:
        """Write maps of many classes."""
        row[...] = 0
        first = 0
        for name, table in zip(self.map_names, self._tables, strict=True):
            map_, channels = sample[name], row[..., first : first + table.shape[1]]
            first += table.shape[1]
            # Where most pixels have none of the classes of a map, the others alone are quicker.
            if np.count_nonzero(map_) > map_.size // 2:
                channels[...] = np.take(table, map_, axis=0, mode="clip")
            else:
                present = np.nonzero(map_)
                channels[present] = np.take(table, map_[present], axis=0, mode="clip")


def _check_binary(labels: LabelSpec) -> None:
    if labels.num_classes != 2:
        raise ValueError(
            f'mask_encoding="binary" with num_classes={labels.num_classes}; expected 2, or '
            "neither num_classes= nor palette= for masks of 0 and 1, or 0 and 255"
        )
    if labels.ignore_index is not None:
        raise ValueError(
            f'mask_encoding="binary" has no place for ignored pixels (ignore_index={labels.ignore_index}): binary '
            'losses would take them for targets; expected "sparse", with '
            "SparseCategoricalCrossentropy(ignore_class=...) and two output channels"
        )


def _one_hot_rows(labels: LabelSpec) -> Array:
    """Make the lookup table: one row per class, and a last row of zeros for larger labels, which are ignored."""
    classes = labels.num_classes or 0
    rows = np.eye(classes + 1, classes, dtype=np.float32)
    if labels.ignore_index is not None and labels.ignore_index < classes:
        rows[labels.ignore_index] = 0
    return rows


def _weights_of_labels(labels: LabelSpec, pixel_weights: Array | float) -> Array:
    """Make the lookup table: one weight per class, and a last 0 for larger labels, which are ignored."""
    given = checked_weights(pixel_weights, labels.num_classes, "num_classes= (or a palette)")
    # If the number of classes is unknown, every label that a mask can hold may be a class.
    weights = np.zeros((labels.num_labels or _ALL_LABELS) + 1, np.float32)
    weights[:-1] = given
    if labels.ignore_index is not None:
        weights[min(labels.ignore_index, len(weights) - 1)] = 0
    return weights
