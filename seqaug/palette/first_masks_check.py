"""A check of a few masks at the first batch of a sequence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any, Protocol

import numpy as np

from seqaug.palette.id_counts import IdCounts
from seqaug.palette.id_hints import id_warning, unused_zero_warning
from seqaug.palette.label_spec import LabelSpec
from seqaug.palette.mask_subset import MaskSubset

Array = np.ndarray[Any, Any]

_FEWEST = 8  # masks, all of one label, that are no coincidence
_MOST_UNKNOWN = 0.9  # of the pixels, which losses would skip


class FirstBatch(Protocol):
    """The first batch of a sequence."""

    @property
    def batch(self) -> Mapping[str, Array]:
        """Its arrays: "index", (B,), the index of each sample."""

    @property
    def loaded(self) -> Mapping[str, Array]:
        """The arrays of its first sample before augmentation: "mask", (H, W) class ids."""


class FirstMasksCheck:
    """Warns of masks that are allowed and probably not meant: ids that look like none, masks that teach nothing.

    Args:
        labels: what masks become.
        mask_subset: the masks to look at.
        only_of_batch: whether to look at masks of the first batch alone. Workers have loaded these already; a user's
            `load` of another sample might do anything, such as end its process.
    """

    def __init__(self, labels: LabelSpec, mask_subset: MaskSubset, *, only_of_batch: bool) -> None:
        self._labels = labels
        self._mask_subset = mask_subset
        self._only_of_batch = only_of_batch

    def __call__(self, first: FirstBatch) -> Iterator[str]:
        """Give a warning for each problem.

        Masks are loaded only where the labels are unknown, or where the first sample has a single label or lacks 0.
        """
        if self._only_of_batch:
            self._mask_subset = self._mask_subset.among(first.batch["index"].tolist())
        if self._labels.overlapping is not None:
            yield from self._empty_warnings()
            return
        warnings = [
            *self._id_warnings(),
            *self._start_warnings(first.loaded["mask"]),
            *self._map_warnings(),
            *self._color_warnings(),
        ]
        if warnings:
            yield from warnings
        elif len(self._mask_subset) >= _FEWEST and self._has_one_label(IdCounts.of(first.loaded["mask"])):
            yield from self._one_label_warnings()

    def _id_warnings(self) -> Iterator[str]:
        if self._labels.palette is not None or self._labels.num_classes is not None:
            return
        counts = self._mask_subset.ids()
        warning = id_warning(IdCounts.total(counts)) if counts else None
        if warning is not None:
            yield f"the masks do not seem to hold class ids: {warning}"

    def _start_warnings(self, mask: Array) -> Iterator[str]:
        """Warn of ids from 1 on; other masks than the first, which is loaded already, are needed where it has no 0."""
        labels = self._labels
        classes = labels.num_classes
        if labels.class_map is None and not labels.colored_masks and classes == labels.ignore_index and mask.all():
            counts = self._mask_subset.ids()
            warning = unused_zero_warning(IdCounts.total(counts), classes or 0) if counts else None
            if warning is not None:
                yield warning

    def _map_warnings(self) -> Iterator[str]:
        class_map = self._labels.class_map
        counts = self._mask_subset.ids() if class_map is not None else []
        if class_map is None or not counts:
            return
        total = IdCounts.total(counts)
        contradiction = class_map.contradiction(total.ids)
        if contradiction is not None:
            yield f"the masks hold {contradiction}"
        mapped = self._labels.mapped(total)
        ignored = 0.0 if self._labels.ignore_index is None else mapped.share(self._labels.ignore_index)
        if ignored >= _MOST_UNKNOWN:
            yield (
                f"class_map={class_map} makes losses skip {ignored:.1%} of the pixels of {total.masks} masks "
                f"({total}): is it this data set's, and are the ids as stored?"
            )

    def _color_warnings(self) -> Iterator[str]:
        palette = self._labels.palette
        if palette is None or palette.unknown == "raise" or not self._labels.colored_masks:
            return
        masks = [mask for mask in self._mask_subset.masks() if mask.ndim == 3 and mask.shape[2] == 3]
        warning = next((found for mask in masks if (found := palette.unknown_warning(mask)) is not None), None)
        if warning is not None:
            yield warning
        elif palette.unknown == "ignore" and masks:
            share = float(np.mean([palette.unknown_share(mask) for mask in masks]))
            if share >= _MOST_UNKNOWN:
                yield (
                    f'unknown="ignore" makes losses skip {share:.1%} of the pixels of {len(masks)} masks, whose '
                    "colours the palette does not have: is it this data set's? Palette.infer(folder) lists the colours "
                    "of the masks"
                )

    def _empty_warnings(self) -> Iterator[str]:
        masks = list(self._mask_subset.masks())
        if len(masks) >= _FEWEST and not any(mask.any() for mask in masks):
            yield (
                f"none of {len(masks)} masks checked has a pixel of any class, so a model learns nothing else; are "
                "these the right files, and annotated?"
            )

    def _one_label_warnings(self) -> Iterator[str]:
        counts = []
        for mask in self._mask_subset.masks():
            with suppress(ValueError):
                counts.append(IdCounts.of(self._labels.encode(mask)))
        if len(counts) < _FEWEST:
            return
        total = IdCounts.total(counts)
        ignore_index = self._labels.ignore_index
        if not self._has_one_label(total):
            return
        if ignore_index is None or not total.share(ignore_index):
            yield (
                f"all {total.masks} masks checked hold nothing but {total.ids[0]}, so a model learns nothing else; are "
                "these the right files, and annotated?"
            )
            return
        kept = total.without(ignore_index).ids.tolist()
        rest = f"nothing but {kept[0]} and {ignore_index}" if kept else f"nothing but {ignore_index}"
        hint = "are these the right files, and annotated?"
        if kept == [0] and self._labels.palette is None and self._labels.class_map is None:
            hint = f"if it is the foreground, leave ignore_index out and give class_map={{0: 0, {ignore_index}: 1}}"
        yield (
            f"all {total.masks} masks checked hold {rest}, and losses skip {ignore_index}, which is ignore_index: "
            f"{total.share(ignore_index):.1%} of the pixels; {hint}"
        )

    def _has_one_label(self, counts: IdCounts) -> bool:
        return len(counts.without(self._labels.ignore_index).ids) < 2
