"""Labels of classes that overlap: each pixel has a set of classes, kept as the bits of one number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from seqaug.palette.label_spec import LabelSpec
from seqaug.palette.palette import Palette
from seqaug.utils.histogram import label_histogram

Array = np.ndarray[Any, Any]

MOST_CLASSES: Final = 15
_MOST_OF_UINT8 = 7


class MultiLabels(LabelSpec):
    """The labels of a data set whose classes overlap.

    A pixel's set of classes is one number, bit k for class k, so that geometry moves one map for all classes at once.
    The largest number of the dtype marks pixels that a transform filled, which are outside of every class.

    Args:
        num_classes: the number of classes, K.
        class_names: their names, or None.
        palette: their colours and names, or None.

    Raises:
        ValueError: there are too many classes, or the palette has another number of them, or ignored colours.
    """

    def __init__(self, num_classes: int, class_names: Sequence[str] | None = None, palette: Palette | None = None):
        super().__init__(palette, num_classes, None)
        if palette is not None and palette.has_ignored:
            raise ValueError(
                'mask_encoding="multi_label" has no ignored colours, and the palette does; expected a palette of the '
                "classes alone"
            )
        if num_classes > MOST_CLASSES:
            raise ValueError(
                f'mask_encoding="multi_label" with {num_classes} classes; expected up to {MOST_CLASSES}, which is the '
                "most that one map of bits holds"
            )
        self.colored_masks = False
        self.class_names = self.class_names if class_names is None else list(class_names)
        self.dtype = np.dtype(np.uint8 if num_classes <= _MOST_OF_UINT8 else np.uint16)
        self._table = self.table(np.int64)[:-1]

    @property
    def overlapping(self) -> int | None:
        """The number of classes that may overlap."""
        return self.num_classes

    @property
    def fill_label(self) -> int | None:
        """The label of pixels that a transform fills."""
        return int(np.iinfo(self.dtype).max)

    @property
    def num_labels(self) -> int | None:
        """Labels are below this number, but for `fill_label`."""
        return 1 << (self.num_classes or 0)

    @property
    def fingerprint(self) -> str:
        """A string that differs wherever masks would be encoded differently."""
        return f"multi_label {self.num_classes}"

    def encode(self, mask: Array) -> Array:
        """Turn the masks of a sample's classes into sets of classes.

        Args:
            mask: (H, W, K), or (H, W) for one class: non-zero is inside the class; of floats, 1 is.

        Returns:
            (H, W), of `dtype`: bit k is set inside class k.

        Raises:
            ValueError: the shape is another, or floats are neither 0 nor 1.
        """
        classes = self.num_classes or 0
        planes = mask[..., np.newaxis] if mask.ndim == 2 else mask
        if planes.ndim != 3 or planes.shape[2] != classes or mask.dtype.kind not in "biuf":
            raise ValueError(
                f"the mask is {mask.dtype} of shape {mask.shape}; expected (H, W, {classes}), a plane for each class, "
                "non-zero inside; class ids, of which a pixel has one, are for the other encodings"
            )
        inside = planes != 0
        if mask.dtype.kind == "f" and not (planes == inside).all():
            raise ValueError(
                f"the mask holds {mask.dtype} values from {planes.min():.4g} to {planes.max():.4g}, neither 0 nor 1; "
                "expected 0 outside of a class and 1 inside: decide it, as by mask > 0.5"
            )
        low, *high = np.moveaxis(np.packbits(inside, axis=-1, bitorder="little"), -1, 0)
        packed: Array = low.astype(self.dtype)
        for byte in high:
            packed |= byte.astype(self.dtype) << 8
        return packed

    def count(self, mask: Array) -> np.ndarray[Any, np.dtype[np.uint32]]:
        """Count the pixels of each class, and, last, all pixels that no transform filled.

        Args:
            mask: (H, W), of `dtype`, as `encode` returns it.

        Returns:
            (num_classes + 1,), uint32.
        """
        found = np.zeros(self.num_labels or 0, np.int64)
        histogram = label_histogram(mask)[: len(found)]
        found[: len(histogram)] = histogram
        return np.array([*(found @ self._table), found.sum()], np.uint32)

    def table(self, dtype: Any) -> Array:
        """Make the lookup table of encodings, (2^K + 1, K): the classes of each set; none of `fill_label`, the last."""
        sets = np.arange(self.num_labels or 0)
        table = (sets[:, np.newaxis] >> np.arange(self.num_classes or 0)) & 1
        padded: Array = np.concatenate([table, np.zeros((1, self.num_classes or 0), int)]).astype(dtype)
        return padded

    def mirrored_labels(self, pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
        """Return the pairs of sets that change places where pairs of classes do."""
        sets = np.arange(self.num_labels or 0)
        swapped = sets.copy()
        for left, right in pairs:
            differs = (sets >> left ^ sets >> right) & 1
            swapped ^= differs << left | differs << right
        return [(int(one), int(other)) for one, other in zip(sets, swapped, strict=True) if one < other]
