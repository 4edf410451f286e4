"""Encoding of a sample as a row of a batch."""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Real
from typing import Any

import numpy as np

from seqaug.core.layout import ArraySpec, Layout
from seqaug.pipeline.mask_encoding import MaskEncoding
from seqaug.pipeline.rescale import DefaultRescale
from seqaug.utils.validation import FILLED

Array = np.ndarray[Any, Any]


class RowEncoding:
    """Writes the arrays of one sample into a batch.

    uint8 images become float32 times `rescale`; a factor given by the user applies to images of other integers too.
    Other images are copied unchanged. `masks` encodes "mask", and derives "sample_weight" from it; filled pixels
    (`FILLED`) weigh 0 whatever their label, as there is no value for them. Beside it, each further target has the
    weights "<name>_weight", (H, W) float32: 1, or 0 in filled pixels and where labels are ignored. Further labels of
    uint16 become int32, as those of "mask".

    Args:
        rescale: factor for integer images; `DEFAULT_RESCALE`: for uint8 images only; None: none.
        additional_targets: kinds of further arrays by name, as for `Pipeline`.
        masks: encoding of "mask"; None: samples have none.

    Raises:
        TypeError: `rescale` is not a number.
        ValueError: `rescale` is not above 0, or an additional target is named like an array that is made here.
    """

    def __init__(
        self, rescale: float | None, additional_targets: Mapping[str, str], masks: MaskEncoding | None = None
    ) -> None:
        given: Any = rescale
        if given is not None and not isinstance(given, Real):
            raise TypeError(f"rescale={rescale!r}; expected a factor above 0, such as 1 / 255, or None")
        if rescale is not None and not 0 < rescale < float("inf"):
            raise ValueError(f"rescale={rescale!r}; expected a factor above 0, such as 1 / 255, or None")
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
        self._factor = np.float32(1 if rescale is None else rescale)
        images = {"image", *(name for name, kind in additional_targets.items() if kind == "image")}
        self._rescaled = images if rescale is not None else set()
        self._only_uint8 = isinstance(rescale, DefaultRescale)
        self._labels = {name for name, kind in additional_targets.items() if kind == "mask"}
        self._masks = masks

    def layout(self, sample: Mapping[str, Array]) -> Layout:
        """Return the shape and dtype of each array of a sample in the batch."""
        layout = {name: self._array_spec(name, pixels) for name, pixels in sample.items() if self._is_copied(name)}
        if self._masks is not None:
            layout |= self._masks.layout(sample["mask"])
        for name in self._weighted:
            layout[_weight_of(name)] = sample[name].shape[:2], np.dtype(np.float32)
        return layout

    def _array_spec(self, name: str, pixels: Array) -> ArraySpec:
        if name in self._labels and pixels.dtype == np.uint16:  # which frameworks hardly know
            return pixels.shape, np.dtype(np.int32)
        return pixels.shape, np.dtype(np.float32) if self._is_rescaled(name, pixels) else pixels.dtype

    def write(self, sample: Mapping[str, Array], row: Mapping[str, Array]) -> None:
        """Write the arrays of a sample into the views of its row, which match `layout`."""
        for name, pixels in sample.items():
            if self._is_rescaled(name, pixels):
                np.multiply(pixels, self._factor, out=row[name])
            elif self._is_copied(name):
                row[name][...] = pixels
        if self._masks is not None:
            self._masks.write(sample["mask"], row)
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
        return name != FILLED and (self._masks is None or name != "mask")

    def _is_rescaled(self, name: str, pixels: Array) -> bool:
        if name not in self._rescaled:
            return False
        return pixels.dtype == np.uint8 or (not self._only_uint8 and pixels.dtype.kind in "iu")


def _weight_of(name: str) -> str:
    """Name the weights of a further target."""
    return f"{name}_weight"
