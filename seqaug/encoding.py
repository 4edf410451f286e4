"""The row of a batch: what shape and dtype a sample has there, and how it is written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from seqaug.labels import Labels

MASK_ENCODINGS: Final = ("sparse", "one_hot", "binary")
_ALL_LABELS: Final = 65_536

Array = np.ndarray[Any, Any]
Layout = dict[str, tuple[tuple[int, ...], np.dtype[Any]]]


class RowEncoding:
    """How the arrays of one sample are written into a batch.

    Images of uint8 become float32 times `rescale`, or stay uint8 without one; every other image is written as it is.
    Masks become "sparse" ids (uint8, or int32 where the ids are not known to fit), "one_hot" (H, W, K) float32 with
    ignored pixels all 0, or "binary" (H, W, 1) float32. With weights of classes there is a further array,
    "sample_weight" (H, W) float32: the weight of each pixel's class, and 0 where the pixel is ignored.

    Args:
        labels: the classes.
        mask_encoding: one of `MASK_ENCODINGS`.
        rescale: the factor of uint8 images, or None.
        additional_targets: names of further arrays, and whether they are "image" or "mask".
        pixel_weights: the weight of a pixel by its class, (K,), or one number for all classes; None: no
            "sample_weight".

    Raises:
        ValueError: the encoding is unknown or does not suit the labels, `rescale` is not above 0, the weights are not
            one per class, negative, not finite or all 0, or an additional target has their name.
    """

    def __init__(
        self,
        labels: Labels,
        mask_encoding: str,
        rescale: float | None,
        additional_targets: Mapping[str, str],
        pixel_weights: Array | float | None = None,
    ) -> None:
        if mask_encoding not in MASK_ENCODINGS:
            raise ValueError(f"mask_encoding={mask_encoding!r}; expected one of {', '.join(map(repr, MASK_ENCODINGS))}")
        if rescale is not None and not 0 < rescale < float("inf"):
            raise ValueError(f"rescale={rescale!r}; expected a factor above 0, such as 1 / 255, or None")
        if mask_encoding == "one_hot" and labels.num_classes is None:
            raise ValueError('mask_encoding="one_hot" needs num_classes= (or a palette) to know how many channels')
        if mask_encoding == "binary":
            _check_binary(labels)
        self._encoding = mask_encoding
        self._factor = np.float32(1 if rescale is None else rescale)
        images = {"image", *(name for name, kind in additional_targets.items() if kind == "image")}
        self._rescaled = images if rescale is not None else set()
        self._sparse_dtype = np.dtype(np.uint8 if labels.dtype == np.uint8 else np.int32)
        if mask_encoding == "one_hot":
            self._one_hot = _one_hot_rows(labels)
        self._weights = None if pixel_weights is None else _weights_of_labels(labels, pixel_weights)
        if self._weights is not None and "sample_weight" in additional_targets:
            raise ValueError(
                "additional_targets names 'sample_weight', which class_weights= and sample_weight= make; expected "
                "another name, or neither of the two"
            )

    def layout(self, sample: Mapping[str, Array]) -> Layout:
        """Give the shape and dtype that each array of a sample has in the batch."""
        layout = {name: self._place(name, pixels) for name, pixels in sample.items()}
        if self._weights is not None:
            layout["sample_weight"] = sample["mask"].shape, self._weights.dtype
        return layout

    def _place(self, name: str, pixels: Array) -> tuple[tuple[int, ...], np.dtype[Any]]:
        if name == "mask":
            if self._encoding == "one_hot":
                return (*pixels.shape, self._one_hot.shape[1]), np.dtype(np.float32)
            if self._encoding == "binary":
                return (*pixels.shape, 1), np.dtype(np.float32)
            return pixels.shape, self._sparse_dtype
        return pixels.shape, np.dtype(np.float32) if self._is_rescaled(name, pixels) else pixels.dtype

    def write(self, sample: Mapping[str, Array], row: Mapping[str, Array]) -> None:
        """Write the arrays of a sample into the views of its row, which have the sample's layout."""
        for name, pixels in sample.items():
            if name == "mask" and self._encoding == "one_hot":
                np.take(self._one_hot, pixels, axis=0, out=row[name], mode="clip")
            elif name == "mask" and self._encoding == "binary":
                row[name][..., 0] = pixels
            elif self._is_rescaled(name, pixels):
                np.multiply(pixels, self._factor, out=row[name])
            else:
                row[name][...] = pixels
        if self._weights is not None:
            np.take(self._weights, sample["mask"], out=row["sample_weight"], mode="clip")

    def _is_rescaled(self, name: str, pixels: Array) -> bool:
        return name in self._rescaled and pixels.dtype == np.uint8


def _check_binary(labels: Labels) -> None:
    if labels.num_classes != 2:
        raise ValueError(
            f'mask_encoding="binary" with num_classes={labels.num_classes}; expected 2 (ids 0 and 1), from '
            'num_classes= or the palette, such as palette="binary" for masks of 0 and 255'
        )
    if labels.ignore_index is not None:
        raise ValueError(
            f'mask_encoding="binary" has no place for ignored pixels (ignore_index={labels.ignore_index}): binary '
            'losses would take them for targets; expected "sparse", with '
            "SparseCategoricalCrossentropy(ignore_class=...) and two output channels"
        )


def _one_hot_rows(labels: Labels) -> Array:
    """Make the table of one row a class, and a last row of zeros for labels beyond, which are ignored ones."""
    classes = labels.num_classes or 0
    rows = np.eye(classes + 1, classes, dtype=np.float32)
    if labels.ignore_index is not None and labels.ignore_index < classes:
        rows[labels.ignore_index] = 0
    return rows


def _weights_of_labels(labels: Labels, pixel_weights: Array | float) -> Array:
    """Make the table of one weight a class, and a last 0 for labels beyond, which are ignored ones."""
    given = np.asarray(pixel_weights, np.float64)
    if given.ndim and given.shape != (labels.num_classes,):
        raise ValueError(
            f"class_weights has the shape {given.shape}; expected one weight per class, "
            + ("with num_classes= (or a palette)" if labels.num_classes is None else f"({labels.num_classes},)")
        )
    if not (np.isfinite(given).all() and (given >= 0).all() and given.any()):
        raise ValueError(
            f"class_weights={given.tolist()}; expected finite numbers, 0 or more, and at least one above 0"
        )
    # Where nobody says how many classes there are, every label that a mask can hold may be one.
    weights = np.zeros((labels.num_classes or _ALL_LABELS) + 1, np.float32)
    weights[:-1] = given
    if labels.ignore_index is not None:
        weights[min(labels.ignore_index, len(weights) - 1)] = 0
    return weights
