"""Issues of one mask's pixels."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from seqaug.checking.blur import blurred_share, is_blurred
from seqaug.palette.drawing import entries_of
from seqaug.palette.id_counts import IdCounts
from seqaug.palette.label_spec import MAX_CLASSES, LabelSpec
from seqaug.palette.lookup import ColorLookup
from seqaug.palette.palette import Palette
from seqaug.palette.unknown_colors import UnknownColors, color_hint
from seqaug.reading.photographs import is_photograph

Array = np.ndarray[Any, Any]

_MAX_LISTED = 8  # colours or ids of a mask
_MAX_NAME_LENGTH = 80
_MAX_PROBLEM = 400
_WHITE = 255
_PLANES_HINT = "store a band for each class, non-zero inside, or a file for each class"


class MaskIssue(NamedTuple):
    """An `Issue` without its files."""

    type: str
    details: dict[str, Any]


class MaskCheck:
    """Finds the issues of masks, with the types of `seqaug.checking.issue_types.ISSUE_TYPES`.

    Args:
        labels: the palette, or the number of classes, or neither; and the ignore index.
    """

    def __init__(self, labels: LabelSpec) -> None:
        self._labels = labels
        palette = labels.palette if labels.colored_masks else None
        self._colors = None if palette is None else _PaletteCheck(palette, labels.ignore_index)

    def issues(self, mask: Array) -> list[MaskIssue]:
        """List the issues of a mask: ids, (H, W), or colours, (H, W, 3), uint8."""
        return self.inspect(mask)[0]

    def inspect(self, mask: Array, nodata: float | None = None) -> tuple[list[MaskIssue], IdCounts | None]:
        """List the issues of a mask, and count its ids, as stored, if it has any.

        Args:
            mask: as for `issues`.
            nodata: value of pixels without data, see `seqaug.reading.nodata`.
        """
        nodata = None if self._labels.ignore_index is None else nodata
        if mask.ndim == 3:
            if self._colors is None:
                return [self._channel_issue(mask)], None
            if mask.dtype == np.uint8 and mask.shape[2] == 3:
                return self._colors.inspect(mask, nodata)
            problem = f"{mask.shape[2]} channels of {mask.dtype}; expected colours, 3 channels of uint8"
            return [MaskIssue("unusable_masks", {"problem": problem})], None
        mask = mask.view(np.uint8) if mask.dtype == bool else mask
        if mask.dtype.kind not in "iu":
            return [MaskIssue("unusable_masks", {"problem": f"pixels of {mask.dtype}; expected integers"})], None
        counts = IdCounts.of(mask)
        return self._id_issues(mask, counts, nodata), counts

    def inspect_drawn(self, mask: Array) -> tuple[list[MaskIssue], IdCounts | None]:
        """Inspect a mask that was drawn from annotations, whose ids and borders are sound, as `inspect` does."""
        counts = IdCounts.of(mask)
        issue = None if self._are_wrong(counts.ids).any() else self._single_label(self._labels.mapped(counts).ids)
        return [] if issue is None else [issue], counts

    def inspect_overlapping(self, mask: Array) -> list[MaskIssue]:
        """List the issues of a mask of classes that overlap, (H, W, K)."""
        try:
            self._labels.encode(mask)
        except ValueError as error:
            return [MaskIssue("unusable_masks", {"problem": str(error)[:_MAX_PROBLEM], "hint": _PLANES_HINT})]
        is_empty = not mask.reshape(*mask.shape[:2], -1)[..., : self._labels.overlapping].any()
        return [MaskIssue("empty_masks", {"label": "outside of all classes"})] if is_empty else []

    def inspect_class_mask(self, mask: Array) -> list[MaskIssue]:
        """List the issues of the mask of one class, (H, W), non-zero inside."""
        if mask.dtype == np.uint8 and is_photograph(mask):
            return [MaskIssue("photographs", {"problem": f"{len(IdCounts.of(mask).ids)} different grey values"})]
        # Numbers of instances may lie between those of their neighbours; grey borders are nearly all of their values.
        return [_blurred(mask)] if mask.dtype == np.uint8 and is_blurred(mask) else []

    def _channel_issue(self, mask: Array) -> MaskIssue:
        has_colors = mask.shape[2] == 3 and mask.dtype == np.uint8
        if has_colors and is_photograph(mask):
            return MaskIssue("photographs", {"problem": color_hint(mask)})
        if has_colors and is_blurred(mask):
            return _blurred(mask)
        hint = f"{color_hint(mask)}; expected one channel of class ids, or --palette"
        return MaskIssue("unusable_masks", {"problem": f"{mask.shape[2]} channels of {mask.dtype} that differ; {hint}"})

    def _id_issues(self, mask: Array, counts: IdCounts, nodata: float | None) -> list[MaskIssue]:
        if nodata is not None and self._labels.nodata_class(nodata) is None:
            counts = counts.without(int(nodata)) if nodata.is_integer() else counts
        ids, pixels = counts.ids, counts.pixels
        if not len(ids):
            return [MaskIssue("ignored_masks", {"label": self._labels.ignore_index})]
        wrong = self._are_wrong(ids)
        labels = ids if wrong.any() else self._labels.mapped(counts).ids
        single = self._single_label(labels)
        if single is not None:
            return [single]
        if ids[-1] <= _WHITE and is_photograph(mask):
            return [MaskIssue("photographs", {"problem": f"{len(ids)} different grey values"})]
        if is_blurred(mask):
            return [_blurred(mask)]
        if not wrong.any():
            problem = None if self._labels.class_map is None else self._labels.class_map.contradiction(ids)
            return [] if problem is None else [MaskIssue("unusable_masks", {"problem": problem})]
        ids, pixels = ids[wrong], pixels[wrong]
        common = np.argsort(-pixels, kind="stable")[:_MAX_LISTED]
        listed = [{"id": int(ids[at]), "pixels": int(pixels[at])} for at in common]
        details = {"pixels": int(pixels.sum()), "of": mask.size, "distinct": len(ids), "ids": listed}
        return [MaskIssue("ids_out_of_range", details)]

    def _single_label(self, labels: Array) -> MaskIssue | None:
        ignore_index = self._labels.ignore_index
        if len(labels) == 1 and labels[0] == ignore_index:
            return MaskIssue("ignored_masks", {"label": ignore_index})
        return MaskIssue("empty_masks", {"label": 0}) if len(labels) == 1 and labels[0] == 0 else None

    def _are_wrong(self, ids: Array) -> Array:
        class_map = self._labels.class_map
        if class_map is not None:
            return np.array([label not in class_map for label in ids.tolist()], bool)
        num_classes = MAX_CLASSES if self._labels.num_classes is None else self._labels.num_classes
        wrong: Array = ((ids >= num_classes) | (ids < 0)) & (ids != self._labels.ignore_index)
        return wrong


class _PaletteCheck:
    def __init__(self, palette: Palette, ignore_index: int | None) -> None:
        self._num_classes = len(palette)
        self._ignore_index = palette.ignore_index if ignore_index is None else ignore_index
        entries = entries_of(palette)
        self._names = [entry.name for entry in entries]
        self._known = np.array([entry.color for entry in entries], np.uint8)
        self._lookup = ColorLookup(self._known)
        # All ignored colours count as one label.
        ids = [self._num_classes if entry.id is None else entry.id for entry in entries]
        self._values = np.array(ids, np.int32)

    def inspect(self, mask: Array, nodata: float | None) -> tuple[list[MaskIssue], IdCounts | None]:
        pixels = np.ascontiguousarray(mask).reshape(-1, 3)
        labels = np.empty(len(pixels), np.int32)
        unknown = self._lookup.translate(pixels, self._values, labels)
        if len(unknown) and nodata is not None:
            is_missing = (pixels[unknown] == nodata).all(axis=1)
            labels[unknown[is_missing]] = self._num_classes
            unknown = unknown[~is_missing]
        if len(unknown):
            return [_blurred(mask) if is_blurred(mask) else self._unknown_colors(pixels[unknown], len(pixels))], None
        histogram = np.bincount(labels)
        ids = np.flatnonzero(histogram)
        counts = IdCounts(np.where(ids == self._num_classes, self._ignore_index, ids), histogram[ids], 1, len(ids))
        if len(ids) > 1 or ids[0] not in (0, self._num_classes):
            return [], counts
        if ids[0] == 0:
            return [MaskIssue("empty_masks", {"label": self._names[0]})], counts
        return [MaskIssue("ignored_masks", {"label": "ignored"})], counts

    def _unknown_colors(self, unknown: Array, num_pixels: int) -> MaskIssue:
        found = UnknownColors.of_pixels(unknown, num_pixels, self._known)
        listed = [
            {
                "color": color.tolist(),
                "pixels": int(count),
                "nearest": self._names[at][:_MAX_NAME_LENGTH],
                "nearest_color": self._known[at].tolist(),
            }
            for color, count, at in zip(found.colors, found.counts, found.nearest[:_MAX_LISTED], strict=False)
        ]
        return MaskIssue(
            "unknown_colors",
            {
                "pixels": len(unknown),
                "of": num_pixels,
                "distinct": len(found.colors),
                "colors": listed,
                "hint": found.hint(self._num_classes, self._ignore_index),
            },
        )


def _blurred(mask: Array) -> MaskIssue:
    return MaskIssue("interpolated_masks", {"blurred_borders": round(blurred_share(mask), 3)})
