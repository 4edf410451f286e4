"""Encoding of a sample as a row of a batch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from seqaug.core.layout import ArraySpec, Layout
from seqaug.pipeline.image_encoding import ImageEncoding, channels_last, moved_channels
from seqaug.pipeline.mask_encoding import MaskEncoding
from seqaug.utils.validation import FILLED

Array = np.ndarray[Any, Any]


class RowEncoding:
    """Writes the arrays of one sample into a batch.

    `images` encodes "image" and the additional targets of its kind. `masks` encodes "mask", and derives "sample_weight"
    from it; filled pixels (`FILLED`) weigh 0 whatever their label, as there is no value for them. Beside it, each
    further target has the weights "<name>_weight", (H, W) float32: 1, or 0 in filled pixels and where labels are
    ignored. Further labels of uint16 become int32, as those of "mask". Other arrays keep their dtype. With channels
    first, every array of three axes has its last axis first.

    Args:
        images: encoding of images.
        additional_targets: kinds of further arrays by name, as for `Pipeline`.
        masks: encoding of "mask"; None: samples have none.

    Attributes:
        data_format: that of `images`, for all arrays.

    Raises:
        ValueError: an additional target is named like an array that is made here.
    """

    def __init__(
        self, images: ImageEncoding, additional_targets: Mapping[str, str], masks: MaskEncoding | None = None
    ) -> None:
        self._weighted: dict[str, str] = {}
        if masks is not None and masks.has_weights:
            # Beside the weights of "mask", Keras expects those of every other target.
            self._weighted = {name: kind for name, kind in additional_targets.items() if kind != "image"}
            for name in ("sample_weight", *map(_weight_of, self._weighted)):
                if name in additional_targets:
                    raise ValueError(
                        f"additional_targets names {name!r}, which class_weights= makes; expected another name, or "
                        "only one of the two"
                    )
        self.data_format = images.data_format
        self._images = images
        self._image_names = {"image", *(name for name, kind in additional_targets.items() if kind == "image")}
        self._labels = {name for name, kind in additional_targets.items() if kind == "mask"}
        self._masks = masks

    @property
    def weight_names(self) -> tuple[str, ...]:
        """The names of the arrays of weights that are made here."""
        has_weights = self._masks is not None and self._masks.has_weights
        return ("sample_weight", *map(_weight_of, self._weighted)) if has_weights else ()

    def layout(self, sample: Mapping[str, Array]) -> Layout:
        """Return the shape and dtype of each array of a sample in the batch."""
        layout = {name: self._array_spec(name, pixels) for name, pixels in sample.items() if self._is_copied(name)}
        if self._masks is not None:
            for name, (shape, dtype) in self._masks.layout(sample["mask"]).items():
                layout[name] = moved_channels(shape, self.data_format), dtype
        for name in self._weighted:
            layout[_weight_of(name)] = sample[name].shape[:2], np.dtype(np.float32)
        return layout

    def _array_spec(self, name: str, pixels: Array) -> ArraySpec:
        if name in self._image_names:
            return self._images.spec(pixels)
        # Frameworks hardly know labels of uint16.
        is_wide = name in self._labels and pixels.dtype == np.uint16
        return moved_channels(pixels.shape, self.data_format), np.dtype(np.int32) if is_wide else pixels.dtype

    def write(self, sample: Mapping[str, Array], row: Mapping[str, Array]) -> None:
        """Write the arrays of a sample into the views of its row, which match `layout`.

        Raises:
            ValueError: an image has a value that its dtype cannot hold.
        """
        for name, pixels in sample.items():
            if name in self._image_names:
                self._images.write(pixels, row[name])
            elif self._is_copied(name):
                channels_last(row[name], self.data_format)[...] = pixels
        if self._masks is not None:
            self._masks.write(sample, {name: channels_last(array, self.data_format) for name, array in row.items()})
            if self._masks.has_weights and FILLED in sample:
                row["sample_weight"][sample[FILLED]] = 0
            for name, kind in self._weighted.items():
                self._write_weights(name, kind, sample, row[_weight_of(name)])

    def _write_weights(self, name: str, kind: str, sample: Mapping[str, Array], weights: Array) -> None:
        ignore_index = None if self._masks is None else self._masks.ignore_index
        weights[...] = 1
        if FILLED in sample:
            weights[sample[FILLED]] = 0
        if kind == "mask" and ignore_index is not None:
            weights[sample[name] == ignore_index] = 0

    def _is_copied(self, name: str) -> bool:
        return name != FILLED and (self._masks is None or name not in self._masks.map_names)


def _weight_of(name: str) -> str:
    """Name the weights of a further target."""
    return f"{name}_weight"
