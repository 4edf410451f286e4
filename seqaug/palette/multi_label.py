"""Labels of classes that overlap: each pixel has a set of classes, kept as the bits of numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from seqaug.core.class_bits import BITS, map_names
from seqaug.palette.label_spec import LabelSpec
from seqaug.palette.palette import Palette
from seqaug.utils.histogram import label_histogram

Array = np.ndarray[Any, Any]

_BITS_OF_UINT8 = 7


class MultiLabels(LabelSpec):
    """The labels of a data set whose classes overlap.

    A pixel's set of classes is one number, bit k for class k, so that geometry moves one map for all classes at once;
    of more than `BITS` classes, it is several numbers, each of a map of its own (see `map_names`). The largest number
    of the dtype marks pixels that a transform filled, which are outside of every class.

    Args:
        num_classes: the number of classes, K.
        class_names: their names, or None.
        palette: their colours and names, or None.
        has_ignored: whether loaded masks have a further, last plane: of pixels that are ignored, as filled ones are.

    Raises:
        ValueError: the palette has another number of classes, or ignored colours.
    """

    def __init__(
        self,
        num_classes: int,
        class_names: Sequence[str] | None = None,
        palette: Palette | None = None,
        *,
        has_ignored: bool = False,
    ) -> None:
        super().__init__(palette, num_classes, None)
        if palette is not None and palette.has_ignored:
            raise ValueError(
                'mask_encoding="multi_label" has no ignored colours, and the palette does; expected a palette of the '
                "classes alone"
            )
        self.colored_masks = False
        self.class_names = self.class_names if class_names is None else list(class_names)
        self.map_names = map_names(num_classes)
        self.dtype = np.dtype(np.uint8 if num_classes <= _BITS_OF_UINT8 else np.uint16)
        self._has_ignored = has_ignored

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
        return 1 << min(self.num_classes or 0, BITS)

    @property
    def fingerprint(self) -> str:
        """A string that differs wherever masks would be encoded differently."""
        return f"multi_label {self.num_classes}{' ignored' * self._has_ignored}"

    def encode(self, mask: Array) -> Array:
        """Turn the masks of a sample's classes into sets of classes.

        Args:
            mask: (H, W, K), or (H, W) for one class: non-zero is inside the class; of floats, 1 is.

        Returns:
            (H, W), of `dtype`: bit k is set inside class k; of more than `BITS` classes, (H, W, maps), bit k of a map
            for its k-th class.

        Raises:
            ValueError: the shape is another, or floats are neither 0 nor 1.
        """
        mask = np.asarray(mask)
        classes = self.num_classes or 0
        expected = classes + self._has_ignored
        planes = mask[..., np.newaxis] if mask.ndim == 2 else mask
        if planes.ndim != 3 or planes.shape[2] != expected or mask.dtype.kind not in "biuf":
            raise ValueError(
                f"the mask is {mask.dtype} of shape {mask.shape}; expected (H, W, {expected}), a plane for each class, "
                "non-zero inside; class ids, of which a pixel has one, are for the other encodings"
            )
        if mask.dtype.kind == "f" and not ((planes == 0) | (planes == 1)).all():
            raise ValueError(
                f"the mask holds {mask.dtype} values from {planes.min():.4g} to {planes.max():.4g}, neither 0 nor 1; "
                "expected 0 outside of a class and 1 inside: decide it, as by mask > 0.5"
            )
        maps = [_packed(planes[..., first : min(first + BITS, classes)], self.dtype) for first in self._firsts]
        if self._has_ignored:
            for map_ in maps:
                map_[planes[..., -1] != 0] = self.fill_label
        return maps[0] if len(maps) == 1 else np.moveaxis(np.stack(maps), 0, -1)

    def arrays_of(self, mask: Array) -> dict[str, Array]:
        """Return the maps by name."""
        encoded = self.encode(mask)
        return self._by_name(encoded[..., np.newaxis] if encoded.ndim == 2 else encoded)

    def mask_of(self, sample: Mapping[str, Array]) -> Array:
        """Return what `encode` gave, from the arrays of a sample."""
        maps = [sample[name] for name in self.map_names]
        return maps[0] if len(maps) == 1 else np.stack(maps, axis=-1)

    def count(self, mask: Array) -> np.ndarray[Any, np.dtype[np.uint32]]:
        """Count the pixels of each class, and, last, all pixels that no transform filled.

        Args:
            mask: as `encode` returns it.

        Returns:
            (num_classes + 1,), uint32.
        """
        maps = mask[..., np.newaxis] if mask.ndim == 2 else mask
        counts = []
        for number, table in enumerate(self.tables(np.int64)):
            found = np.zeros(len(table) - 1, np.int64)
            histogram = label_histogram(maps[..., number])[: len(found)]
            found[: len(histogram)] = histogram
            counts.append(found @ table[:-1])
        return np.array([*np.concatenate(counts), found.sum()], np.uint32)

    def tables(self, dtype: Any) -> list[Array]:
        """Make the lookup table of each map, (2^k + 1, k): the classes of each set; none of `fill_label`, the last."""
        counts = [min((self.num_classes or 0) - first, BITS) for first in self._firsts]
        made = {count: _table(count, dtype) for count in set(counts)}
        return [made[count] for count in counts]

    @property
    def _firsts(self) -> range:
        """The first class of each map."""
        return range(0, self.num_classes or 0, BITS)

    def _by_name(self, maps: Array) -> dict[str, Array]:
        return {name: maps[..., number] for number, name in enumerate(self.map_names)}


def _table(classes: int, dtype: Any) -> Array:
    sets = np.arange(1 << classes)
    table = (sets[:, np.newaxis] >> np.arange(classes)) & 1
    padded: Array = np.concatenate([table, np.zeros((1, classes), int)]).astype(dtype)
    return padded


def _packed(planes: Array, dtype: np.dtype[Any]) -> Array:
    """Pack up to `BITS` planes, (H, W, K), non-zero inside, into bits, (H, W)."""
    height, width, classes = planes.shape
    is_by_class = planes.strides[2] > planes.strides[1]
    if classes < 8 or is_by_class:
        packed = np.zeros((height, width), dtype)
        for number in range(classes):
            plane = planes[..., number]
            if plane.any():
                packed |= (plane != 0) * dtype.type(1 << number)
        return packed
    # Planes that lie together, pixel by pixel, are packed together: in a quarter of the time.
    if classes == 8:
        return np.packbits(planes != 0, bitorder="little").astype(dtype).reshape(height, width)
    inside = np.zeros((height, width, 16), bool)
    np.not_equal(planes, 0, out=inside[..., :classes])
    return np.packbits(inside, bitorder="little").view("<u2").astype(dtype, copy=False).reshape(height, width)
