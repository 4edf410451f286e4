"""The labels of a data set, and how loaded masks become class ids."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from seqaug.palette.class_map import ClassMap
from seqaug.palette.id_counts import IdCounts
from seqaug.palette.id_hints import class_map_hint, id_hint
from seqaug.palette.label_map import LabelMap
from seqaug.palette.mask_subset import MaskSubset
from seqaug.palette.palette import Palette
from seqaug.palette.unknown_colors import color_hint
from seqaug.utils.distinct_colors import colors_by_name
from seqaug.utils.histogram import label_histogram

_LARGEST = 65_535
MAX_CLASSES = _LARGEST + 1


class LabelSpec:
    """The labels of a data set: its class ids, its ignored label, and the encoding of masks into these.

    Args:
        palette: the colours of the classes, or None where mask pixels are ids already.
        num_classes: the number of classes; None: the palette's or the class map's, else unknown.
        ignore_index: the label that losses skip; None: 255 or 65,535, where colours or ids are ignored.
        class_map: the class of each stored id, for masks of ids, or of each label, for polygons; `palette` then only
            names and colours the classes.

    Attributes:
        palette, num_classes, ignore_index: the same, resolved; a built-in `class_map`, and one of labels, bring a
            palette.
        class_map: the same, if it is of ids; else None.
        label_map: the same, if it is of labels; else None.
        colored_masks: whether masks hold the colours of `palette`, instead of ids. `PolygonReader`s draw ids.
        class_names: the palette's names, in id order, or None.
        dtype: uint8 where all ids are known to fit, else uint16.
        map_names: the names of the arrays that a mask becomes.

    Raises:
        ValueError: the arguments contradict each other or are out of range.
    """

    def __init__(
        self,
        palette: Palette | None,
        num_classes: int | None,
        ignore_index: int | None,
        class_map: ClassMap | LabelMap | None = None,
    ) -> None:
        self.colored_masks = palette is not None and class_map is None
        if class_map is not None:
            palette, num_classes = _classes_of(class_map, palette, num_classes)
        if palette is not None and num_classes not in (None, len(palette)):
            raise ValueError(
                f"num_classes={num_classes} and a palette of {len(palette)} classes (ignored colours not counted); "
                "leave num_classes out"
            )
        if palette is not None:
            num_classes = len(palette)
        ignores = palette is not None and palette.has_ignored if class_map is None else class_map.has_ignored
        if ignores and ignore_index is None:
            ignore_index = 255 if (num_classes or 0) <= 255 else _LARGEST
        if num_classes is not None and not 1 <= num_classes <= MAX_CLASSES:
            raise ValueError(f"num_classes={num_classes}; expected 1 to {MAX_CLASSES}")
        if ignore_index is not None and not 0 <= ignore_index <= _LARGEST:
            raise ValueError(
                f"ignore_index={ignore_index}; expected 0 to {_LARGEST}, such as 255, and the same ignore_class in "
                "the loss (class ids are unsigned)"
            )
        if ignores and ignore_index is not None and ignore_index < (num_classes or 0):
            named = "a class" if palette is None else f"the class {palette.names[ignore_index]!r}"
            raise ValueError(
                f"ignore_index={ignore_index} is the id of {named}, and ignored pixels would become that class; "
                f"expected {num_classes} or more, such as {max(num_classes or 0, 255)}"
            )
        self.palette = palette
        self.class_map = class_map if isinstance(class_map, ClassMap) else None
        self.label_map = class_map if isinstance(class_map, LabelMap) else None
        self._lookup = None if self.class_map is None else self.class_map.lookup(ignore_index)
        self.num_classes = num_classes
        self.ignore_index = ignore_index
        self.class_names = None if palette is None else list(palette.names)
        highest = max(_LARGEST if num_classes is None else num_classes - 1, ignore_index or 0)
        self.dtype: np.dtype[Any] = np.dtype(np.uint8 if highest <= 255 else np.uint16)

        self._mask_subset: MaskSubset | None = None
        self.map_names: tuple[str, ...] = ("mask",)

    @property
    def overlapping(self) -> int | None:
        """The number of classes that may overlap, of which a mask holds the bits; None: a pixel has one label."""
        return None

    @property
    def fill_label(self) -> int | None:
        """The label of pixels that a transform fills, or None."""
        return self.ignore_index

    @property
    def num_labels(self) -> int | None:
        """Labels in a mask are below this number, but for `fill_label`; None: unknown."""
        return self.num_classes

    def set_mask_subset(self, mask_subset: MaskSubset) -> None:
        """Let the hints of errors consider these masks too, beside the one at fault."""
        self._mask_subset = mask_subset

    @property
    def fingerprint(self) -> str:
        """A string that differs wherever masks would be encoded differently."""
        palette = self.palette
        ignored = () if palette is None else [color for name in palette.ignored for color in palette.all_colors[name]]
        colors = palette and ([palette.all_colors[name] for name in palette.names], sorted(ignored), palette.unknown)
        mapped = "" if self.class_map is None else f" {self.class_map.fingerprint}"
        return f"{colors} {self.num_classes} {self.ignore_index} {self.dtype}{mapped}"

    def encode(self, mask: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """Turn a loaded mask into class ids.

        Args:
            mask: (H, W) or (H, W, 1), integer or bool ids, or (H, W, 3), uint8 palette colours; where one of
                `numpy.ma` is masked, it has no data, which is `ignore_index`, see `nodata_class`.

        Returns:
            Class ids and `ignore_index`, shape (H, W), of `dtype`.

        Raises:
            ValueError: the shape or dtype is none of these, the mask has colours and there is no palette, a colour is
                unknown, or an id is not a class or not in the class map; or pixels have no data, and there is no
                `ignore_index`.
        """
        if isinstance(mask, np.ma.MaskedArray):
            return self._encode_masked(mask)
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
        if self._lookup is not None:
            return self._mapped(mask)
        self._check_ids(mask)
        return mask.astype(self.dtype, copy=False)

    @property
    def stored(self) -> tuple[object, ...]:
        """What masks hold: equal where masks with the same pixels mean the same."""
        return self.palette, self.colored_masks, self.class_map, self.label_map, self.num_classes, self.ignore_index

    def arrays_of(self, mask: np.ndarray[Any, Any]) -> dict[str, np.ndarray[Any, Any]]:
        """Return the arrays of a sample that a loaded mask becomes, (H, W) each, by the names in `map_names`."""
        return {"mask": self.encode(mask)}

    def mask_of(self, sample: Mapping[str, np.ndarray[Any, Any]]) -> np.ndarray[Any, Any]:
        """Return what `encode` gave, from the arrays of a sample."""
        return sample["mask"]

    def nodata_class(self, value: float) -> str | None:
        """Name the class whose pixels are stored as a value that also stands for no data; None if it is no class.

        Its pixels stay what the arguments say: many files declare 0, which is the background.
        """
        if self.class_map is not None:
            stored = self.class_map.class_of(value)
        elif self.colored_masks and self.palette is not None:
            grey: tuple[Any, ...] = (value, value, value)
            all_colors = self.palette.all_colors
            return next((name for name in self.palette.names if grey in map(tuple, all_colors[name])), None)
        else:
            # Ids of an unknown number of classes begin at 0, at least.
            is_class = value.is_integer() and 0 <= value < (self.num_classes or 1) and value != self.ignore_index
            stored = int(value) if is_class else None
        if stored is None or self.class_names is None:
            return None if stored is None else str(stored)
        return self.class_names[stored]

    def _encode_masked(self, mask: np.ma.MaskedArray[Any, Any]) -> np.ndarray[Any, Any]:
        pixels = np.asarray(mask.data)
        if pixels.ndim not in (2, 3) or (pixels.shape[2:] == (3,) and not self.colored_masks):
            return self.encode(pixels)  # which says what is wrong
        is_missing = np.ma.getmaskarray(mask).reshape(*pixels.shape[:2], -1).all(axis=-1)
        nodata = mask.fill_value
        is_ignored = self.class_map is None and not self.colored_masks and nodata == self.ignore_index
        if not is_missing.any() or (is_ignored and (pixels[is_missing] == nodata).all()):
            return self.encode(pixels)
        is_class = np.isscalar(nodata) and self.nodata_class(float(nodata)) is not None  # type: ignore[arg-type]
        if is_class and (pixels[is_missing] == nodata).all():
            return self.encode(pixels)
        if self.ignore_index is None:
            raise ValueError(
                f"{int(is_missing.sum())} of {is_missing.size} pixels of the mask have no data (nodata={nodata}); "
                "expected ignore_index=, which they become, such as 255"
            )
        labels = np.full(is_missing.shape, self.ignore_index, self.dtype)
        if not is_missing.all():
            labels[~is_missing] = self.encode(pixels[~is_missing][np.newaxis])[0]
        return labels

    def _encode_colors(self, mask: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        if self.class_map is not None:
            raise ValueError(
                f"the mask is {mask.shape[0]}x{mask.shape[1]} with 3 channels, which are colours, and class_map= is "
                "for masks of ids; map colours with palette= alone, which merges several colours of one name: "
                'palette={"vehicle": [(0, 0, 142), (0, 0, 70)]}'
            )
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

    def _mapped(self, mask: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        assert self._lookup is not None
        assert self.class_map is not None
        labels, unknown = self._lookup.translate(mask)
        if unknown is not None:
            label = int(mask[unknown][0])
            raise ValueError(
                f"the mask holds the id {label} in {int((mask == label).sum())} of {mask.size} pixels, which "
                f"class_map={self.class_map} does not have; {class_map_hint(IdCounts.of(mask), self.class_map)}"
            )
        # Where masks hold 0 and 1 alone, no second look.
        if self.class_map.name == "binary" and mask.size and mask.dtype != bool and mask.max() > 1:
            contradiction = self.class_map.contradiction(IdCounts.of(mask).ids)
            if contradiction is not None:
                raise ValueError(f"the mask holds {contradiction}")
        return labels.astype(self.dtype, copy=False)

    def mapped(self, counts: IdCounts) -> IdCounts:
        """Give the labels of a count of stored ids."""
        return counts if self.class_map is None else self.class_map.mapped(counts, self.ignore_index)

    def _check_ids(self, mask: np.ndarray[Any, Any]) -> None:
        limit = MAX_CLASSES if self.num_classes is None else self.num_classes
        if mask.size == 0 or (mask.max() < limit and (mask.dtype.kind in "bu" or mask.min() >= 0)):
            return
        found = IdCounts.of(mask)
        unknown = found.ids[((found.ids >= limit) | (found.ids < 0)) & (found.ids != self.ignore_index)]
        if len(unknown):
            label = int(unknown[0])
            subset = self._mask_subset
            others = [] if subset is None else subset.ids()
            # The mask may itself be one of the subset: then count it once.
            is_counted = any(label in other.ids for other in others)
            counts = IdCounts.total(others if is_counted else [found, *others])
            raise ValueError(
                f"the mask holds the id {label} in {int((mask == label).sum())} of {mask.size} pixels; expected ids "
                f"below num_classes={limit}"
                + ("" if self.ignore_index is None else f" or ignore_index={self.ignore_index}")
                + f"; {id_hint(counts, limit, self.ignore_index)}"
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


def _classes_of(
    class_map: ClassMap | LabelMap, palette: Palette | None, num_classes: int | None
) -> tuple[Palette | None, int | None]:
    """Give the palette that names the classes of a map, and their number."""
    count = class_map.num_classes
    key = "label" if isinstance(class_map, LabelMap) else "stored id"
    if class_map.name and num_classes not in (None, count):
        raise ValueError(
            f"class_map={class_map} has {count} classes, and num_classes={num_classes}; leave num_classes out"
        )
    if class_map.name and palette is None:
        palette = Palette.named(class_map.name)
    if palette is not None and len(palette) != count:
        raise ValueError(
            f"class_map={class_map} has class ids up to {count - 1}, and the palette names {len(palette)} classes; "
            "expected a palette of the classes, in the order of their ids"
        )
    if num_classes is None and class_map.missing and palette is None:
        raise ValueError(
            f"class_map={class_map} has class ids up to {count - 1}, but no {key} becomes "
            f"{class_map.missing[0]}; expected class ids 0, 1, ... without gaps, or num_classes={count}, if that is "
            f"intended; and None, not a number, for what is to be ignored"
        )
    if num_classes is not None and num_classes < count:
        raise ValueError(
            f"class_map={class_map} has class ids up to {count - 1}, and num_classes={num_classes}; expected "
            f"num_classes={count} or more"
        )
    if isinstance(class_map, LabelMap) and palette is None and num_classes in (None, count) and not class_map.missing:
        colors = colors_by_name(class_map.class_names, has_background=class_map.background == 0)
        palette = None if colors is None else Palette(colors)
    return palette, num_classes or count
