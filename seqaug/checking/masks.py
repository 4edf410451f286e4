"""What is wrong with the pixels of one mask."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from seqaug.checking.blur import blurred_share, is_blurred
from seqaug.palette.id_counts import IdCounts
from seqaug.palette.label_spec import MAX_CLASSES, LabelSpec
from seqaug.palette.lookup import ColorLookup
from seqaug.palette.palette import Palette
from seqaug.palette.unknown_colors import UnknownColors, color_hint
from seqaug.reading.photographs import is_photograph

Array = np.ndarray[Any, Any]

_LISTED = 8  # colours or ids of a mask
_LONGEST_NAME = 80
_WHITE = 255


class Fault(NamedTuple):
    """What will be a finding when its files are known."""

    kind: str
    details: dict[str, Any]


class MaskCheck:
    """Looks for what is wrong with masks; see `seqaug.checking.issue_types.KINDS`.

    Args:
        labels: the palette, or the number of classes, or neither; and the ignore index.
    """

    def __init__(self, labels: LabelSpec) -> None:
        self._labels = labels
        self._colors = None if labels.palette is None else _PaletteCheck(labels.palette, labels.ignore_index)

    def faults(self, mask: Array) -> list[Fault]:
        """List the faults of a mask: ids, (H, W), or colours, (H, W, 3), uint8."""
        return self.look(mask)[0]

    def look(self, mask: Array) -> tuple[list[Fault], IdCounts | None]:
        """List the faults of a mask, and count its ids, where it holds any."""
        if self._colors is not None:
            return self._colors.look(mask)
        if mask.ndim == 3:
            return [self._fault_of_channels(mask)], None
        if mask.dtype.kind not in "iu":
            return [Fault("unusable_masks", {"problem": f"pixels of {mask.dtype}; expected integers"})], None
        counts = IdCounts.of(mask)
        return self._faults_of_ids(mask, counts), counts

    def _fault_of_channels(self, mask: Array) -> Fault:
        has_colors = mask.shape[2] == 3 and mask.dtype == np.uint8
        if has_colors and is_photograph(mask):
            return Fault("photographs", {"problem": color_hint(mask)})
        if has_colors and is_blurred(mask):
            return _blurred(mask)
        expected = f"{color_hint(mask)}; expected one of class ids, or --palette"
        return Fault("unusable_masks", {"problem": f"{mask.shape[2]} channels of {mask.dtype} that differ; {expected}"})

    def _faults_of_ids(self, mask: Array, counts: IdCounts) -> list[Fault]:
        ignore_index = self._labels.ignore_index
        num_classes = MAX_CLASSES if self._labels.num_classes is None else self._labels.num_classes
        ids, pixels = counts.ids, counts.pixels
        if len(ids) == 1 and ids[0] == ignore_index:
            return [Fault("ignored_masks", {"label": ignore_index})]
        if len(ids) == 1 and ids[0] == 0:
            return [Fault("empty_masks", {"label": 0})]
        if ids[-1] <= _WHITE and is_photograph(mask):
            return [Fault("photographs", {"problem": f"{len(ids)} different grey values"})]
        if is_blurred(mask):
            return [_blurred(mask)]
        wrong = ((ids >= num_classes) | (ids < 0)) & (ids != ignore_index)
        if not wrong.any():
            return []
        ids, pixels = ids[wrong], pixels[wrong]
        common = np.argsort(-pixels, kind="stable")[:_LISTED]
        listed = [{"id": int(ids[at]), "pixels": int(pixels[at])} for at in common]
        details = {"pixels": int(pixels.sum()), "of": mask.size, "distinct": len(ids), "ids": listed}
        return [Fault("ids_out_of_range", details)]


class _PaletteCheck:
    def __init__(self, palette: Palette, ignore_index: int | None) -> None:
        self._num_classes = len(palette)
        self._ignore_index = palette.ignore_index if ignore_index is None else ignore_index
        self._names = [*palette.names, *palette.ignored]
        self._known = np.array([*palette.colors.tolist(), *palette.ignored.values()], np.uint8)
        self._lookup = ColorLookup(self._known)
        # What is ignored counts as one label, whatever its colour.
        self._values = np.minimum(np.arange(len(self._known)), self._num_classes).astype(np.int32)

    def look(self, mask: Array) -> tuple[list[Fault], IdCounts | None]:
        pixels = np.ascontiguousarray(mask).reshape(-1, 3)
        labels = np.empty(len(pixels), np.int32)
        unmatched = self._lookup.translate(pixels, self._values, labels)
        if len(unmatched):
            return [_blurred(mask) if is_blurred(mask) else self._unknown(pixels[unmatched], len(pixels))], None
        found = np.bincount(labels)
        ids = np.flatnonzero(found)
        counts = IdCounts(np.where(ids == self._num_classes, self._ignore_index, ids), found[ids], 1, len(ids))
        if len(ids) > 1 or ids[0] not in (0, self._num_classes):
            return [], counts
        if ids[0] == 0:
            return [Fault("empty_masks", {"label": self._names[0]})], counts
        return [Fault("ignored_masks", {"label": "ignored"})], counts

    def _unknown(self, unknown: Array, num_pixels: int) -> Fault:
        found = UnknownColors.of_pixels(unknown, num_pixels, self._known)
        listed = [
            {
                "color": color.tolist(),
                "pixels": int(count),
                "nearest": self._names[at][:_LONGEST_NAME],
                "nearest_color": self._known[at].tolist(),
            }
            for color, count, at in zip(found.colors, found.counts, found.nearest[:_LISTED], strict=False)
        ]
        return Fault(
            "unknown_colors",
            {
                "pixels": len(unknown),
                "of": num_pixels,
                "distinct": len(found.colors),
                "colors": listed,
                "cure": found.hint(self._num_classes, self._ignore_index),
            },
        )


def _blurred(mask: Array) -> Fault:
    return Fault("interpolated_masks", {"blurred_borders": round(blurred_share(mask), 3)})
