"""The labels of a data set, and how loaded masks become class ids."""

from __future__ import annotations

from typing import Any

import numpy as np

from seqaug.palette.id_counts import IdCounts
from seqaug.palette.id_hints import id_hint
from seqaug.palette.mask_subset import MaskSubset
from seqaug.palette.palette import Palette
from seqaug.palette.unknown_colors import color_hint
from seqaug.utils.histogram import label_histogram

_LARGEST = 65_535
MAX_CLASSES = _LARGEST + 1


class LabelSpec:
    """The labels of a data set: its class ids, its ignored label, and the encoding of masks into these.

    Args:
        palette: the colours of the classes, or None where mask pixels are ids already.
        num_classes: the number of classes; None: the palette's, or unknown without a palette.
        ignore_index: the label that losses skip; None: the palette's, where it has ignored colours.

    Attributes:
        num_classes, ignore_index: the same, resolved.
        class_names: the palette's names, in id order, or None.
        dtype: uint8 where all ids are known to fit, else uint16.

    Raises:
        ValueError: the arguments contradict each other or are out of range.
    """

    def __init__(self, palette: Palette | None, num_classes: int | None, ignore_index: int | None) -> None:
        if palette is not None and num_classes not in (None, len(palette)):
            raise ValueError(
                f"num_classes={num_classes} and a palette of {len(palette)} classes (ignored colours not counted); "
                "leave num_classes out"
            )
        if palette is not None:
            num_classes = len(palette)
            if ignore_index is None and palette.has_ignored:
                ignore_index = palette.ignore_index
        if num_classes is not None and not 1 <= num_classes <= MAX_CLASSES:
            raise ValueError(f"num_classes={num_classes}; expected 1 to {MAX_CLASSES}")
        if ignore_index is not None and not 0 <= ignore_index <= _LARGEST:
            raise ValueError(
                f"ignore_index={ignore_index}; expected 0 to {_LARGEST}, such as 255, and the same ignore_class in "
                "the loss (class ids are unsigned)"
            )
        if palette is not None and palette.has_ignored and ignore_index is not None and ignore_index < len(palette):
            raise ValueError(
                f"ignore_index={ignore_index} is the id of the class {palette.names[ignore_index]!r}, and ignored "
                f"pixels would become that class; expected {len(palette)} or more, such as {palette.ignore_index}"
            )
        self.palette = palette
        self.num_classes = num_classes
        self.ignore_index = ignore_index
        self.class_names = None if palette is None else list(palette.names)
        highest = max(_LARGEST if num_classes is None else num_classes - 1, ignore_index or 0)
        self.dtype: np.dtype[Any] = np.dtype(np.uint8 if highest <= 255 else np.uint16)

        self._mask_subset: MaskSubset | None = None

    def set_mask_subset(self, mask_subset: MaskSubset) -> None:
        """Let the hints of errors consider these masks too, beside the one at fault."""
        self._mask_subset = mask_subset

    @property
    def fingerprint(self) -> str:
        """A string that differs wherever masks would be encoded differently."""
        palette = self.palette
        colors = palette and (palette.colors.tolist(), sorted(palette.ignored.values()), palette.unknown)
        return f"{colors} {self.num_classes} {self.ignore_index} {self.dtype}"

    def encode(self, mask: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """Turn a loaded mask into class ids.

        Args:
            mask: (H, W) or (H, W, 1), integer or bool class ids, or (H, W, 3), uint8 palette colours.

        Returns:
            Class ids and `ignore_index`, shape (H, W), of `dtype`.

        Raises:
            ValueError: the shape or dtype is none of these, the mask has colours and there is no palette, a colour is
                unknown, or an id is not a class.
        """
        if mask.ndim == 3 and mask.shape[2] == 1:
            mask = mask[..., 0]
        if mask.ndim == 3 and mask.shape[2] == 3:
            return self._encode_colors(mask)
        if mask.ndim != 2 or mask.dtype.kind not in "biu":
            are_whole = mask.dtype.kind == "f" and mask.ndim == 2 and bool((mask == np.round(mask)).all())
            raise ValueError(
                f"the mask is {mask.dtype} of shape {mask.shape}; expected integer class ids of shape (H, W), or "
                "palette colours of shape (H, W, 3), uint8"
                + ("; its numbers are whole, so convert it with .astype(numpy.uint8)" if are_whole else "")
            )
        self._check_ids(mask)
        return mask.astype(self.dtype, copy=False)

    def _encode_colors(self, mask: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        if self.palette is None:
            raise ValueError(
                f"the mask is {mask.shape[0]}x{mask.shape[1]} with 3 channels, which are colours; map them to classes "
                f"with palette=; {color_hint(mask)}"
            )
        if mask.dtype != np.uint8:
            raise ValueError(f"the mask's colours are {mask.dtype}; expected uint8, 0 to 255")
        ignored = self.ignore_index if self.palette.has_ignored else None
        ids: np.ndarray[Any, Any] = self.palette.encode_mask(mask, ignored)
        return ids.astype(self.dtype, copy=False)

    def _check_ids(self, mask: np.ndarray[Any, Any]) -> None:
        limit = MAX_CLASSES if self.num_classes is None else self.num_classes
        if mask.size == 0 or (mask.max() < limit and (mask.dtype.kind in "bu" or mask.min() >= 0)):
            return
        found = IdCounts.of(mask)
        unknown = found.ids[((found.ids >= limit) | (found.ids < 0)) & (found.ids != self.ignore_index)]
        if len(unknown):
            label = int(unknown[0])
            subset = self._mask_subset
            others, are_files = ([], False) if subset is None else (subset.ids(), subset.are_files)
            # The mask may itself be one of the subset: then count it once.
            is_counted = any(label in other.ids for other in others)
            counts = IdCounts.total(others if is_counted else [found, *others])
            raise ValueError(
                f"the mask holds the id {label} in {int((mask == label).sum())} of {mask.size} pixels; expected ids "
                f"below num_classes={limit}"
                + ("" if self.ignore_index is None else f" or ignore_index={self.ignore_index}")
                + f"; {id_hint(counts, limit, self.ignore_index, are_files=are_files)}"
            )

    def count(self, mask: np.ndarray[Any, Any]) -> np.ndarray[Any, np.dtype[np.uint32]]:
        """Count the pixels of each class in a mask of class ids, and, last, the ignored pixels.

        `num_classes` must be known.

        Args:
            mask: (H, W), of `dtype`, as `encode` returns it.

        Returns:
            (num_classes + 1,), uint32.
        """
        classes = self.num_classes or 0
        found = label_histogram(mask)
        known = min(len(found), classes)
        counts = np.zeros(classes + 1, np.uint32)
        counts[:known] = found[:known]
        if self.ignore_index is not None and self.ignore_index < classes:
            counts[self.ignore_index] = 0
        counts[classes] = mask.size - counts.sum(dtype=np.int64)
        return counts
