"""The labels that the arguments about classes describe."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import numpy as np

from seqaug.palette.class_map import ClassMap, as_class_map
from seqaug.palette.label_map import LabelMap
from seqaug.palette.label_spec import LabelSpec
from seqaug.palette.multi_label import MultiLabels
from seqaug.palette.palette import Palette
from seqaug.sources.annotated import Annotations
from seqaug.sources.arrays import are_arrays
from seqaug.sources.class_masks import check_class_masks, names_of_classes

if TYPE_CHECKING:
    from seqaug.sequence.first_batch import FirstBatch

_CHECKED = 8


def labels_of(
    masks: Any,
    mask_encoding: str,
    *,
    palette: Palette | None,
    num_classes: int | None,
    ignore_index: int | None,
    class_map: ClassMap | LabelMap | None,
    additional_targets: Mapping[str, str],
) -> LabelSpec:
    """Create the labels of a sequence.

    Args:
        masks: the argument `masks`; a dict has the masks of each class.
        mask_encoding: how masks are encoded.
        palette: the classes, or None.
        num_classes: their number, or None.
        ignore_index: the ignored label, or None.
        class_map: from stored ids, or labels of polygons, to classes; or None.
        additional_targets: kinds of further arrays, by name.

    Raises:
        ValueError: the arguments contradict each other.
    """
    names: list[str] | None = None
    has_ids = palette is None and class_map is None and not isinstance(masks, Mapping)
    if mask_encoding == "binary" and has_ids and num_classes in (None, 2):
        class_map = as_class_map("binary")
    if isinstance(masks, Mapping):
        check_class_masks(masks)
        names = list(masks) if mask_encoding == "multi_label" else names_of_classes(masks)
        _check_names(names, palette, num_classes, class_map)
    if mask_encoding != "multi_label":
        labels = LabelSpec(palette, len(names) if names else num_classes, ignore_index, class_map)
        if names is not None:
            labels.class_names, labels.colored_masks = names, False
        return labels
    if ignore_index is not None or class_map is not None:
        given = f"ignore_index={ignore_index}" if class_map is None else "class_map"
        raise ValueError(
            f'{given} is for masks of one label a pixel, and mask_encoding="multi_label" has none: filled pixels are '
            '0 in every class; class_weights="uniform" gives them the weight 0'
            + ("; palette={label: colour} names the classes of polygons" if isinstance(class_map, LabelMap) else "")
        )
    labelled = [name for name, kind in additional_targets.items() if kind == "mask"]
    if labelled:
        raise ValueError(
            f'additional_targets={{{labelled[0]!r}: "mask"}} beside mask_encoding="multi_label", which has no '
            f'ignore_index for its filled pixels; expected {{{labelled[0]!r}: "value_nearest"}} and value_fill='
        )
    count = num_classes if names is None else len(names)
    if count is None and palette is not None:
        count = len(palette)
    if count is None and are_arrays(masks):
        first = np.asarray(masks[0])
        count = first.shape[2] if first.ndim == 3 else 1
    if count is None:
        raise ValueError('mask_encoding="multi_label" needs num_classes= (or a palette) to know the classes')
    has_ignored = isinstance(masks, Annotations) and masks.has_ignored
    return MultiLabels(count, names, palette, has_ignored=has_ignored)


class OverlapCheck:
    """Counts pixels of several classes, of which one label a pixel keeps the last; a check of the first batch.

    Args:
        load_planes: loads the masks of a sample's classes, (H, W, K) bool, by its index.
        names: the classes, in their order.
        most: of how many samples.
    """

    def __init__(
        self, load_planes: Callable[[int], np.ndarray[Any, Any]], names: Sequence[str], most: int = _CHECKED
    ) -> None:
        self._most = most
        self._load_planes = load_planes
        self._names = names

    def __call__(self, first: FirstBatch) -> Iterator[str]:
        """Yield a warning if masks overlap."""
        labelled = overlapping = 0
        for index in first.batch["index"][: self._most].tolist():
            with suppress(Exception):  # samples that fail are reported by the batch
                depth = self._load_planes(index).sum(axis=-1)
                labelled += int(np.count_nonzero(depth))
                overlapping += int(np.count_nonzero(depth > 1))
        if overlapping:
            yield (
                f"{overlapping / labelled:.1%} of the labelled pixels are in several of the masks, and have the last "
                f"class of {', '.join(self._names)}; expected another order of masks= if others shall win, or "
                'mask_encoding="multi_label", which keeps all'
            )


class ClassValuesCheck:
    """Warns of masks of one class that hold more than 0 and another value; a check of the first batch.

    Args:
        load_by_class: loads the masks of a sample as stored, by class, (H, W), by its index.
        most: how many samples are looked at.
    """

    def __init__(
        self, load_by_class: Callable[[int], Mapping[str, np.ndarray[Any, Any]]], most: int = _CHECKED
    ) -> None:
        self._load_by_class = load_by_class
        self._most = most

    def __call__(self, first: FirstBatch) -> Iterator[str]:
        """Yield a warning for the first class with such a mask."""
        for index in first.batch["index"][: self._most].tolist():
            masks: Mapping[str, np.ndarray[Any, Any]] = {}
            with suppress(Exception):  # samples that fail are reported by the batch
                masks = self._load_by_class(index)
            for name, mask in masks.items():
                if mask.dtype.kind not in "iu" or not mask.size or ((mask == 0) | (mask == mask.max())).all():
                    continue
                values = np.unique(mask)
                listed = ", ".join(map(str, values[:5].tolist())) + ", ..." * (len(values) > 5)
                yield (
                    f"a mask of the class {name!r} holds {len(values)} values ({listed}), of which all but 0 count as "
                    "inside; expected 0 and another one. Class ids in one mask are for the other encodings; grey of "
                    "JPEG or of soft edges needs a threshold, as read_mask=lambda path: cv2.imread(path, 0) > 127"
                )
                return


def by_class(load_mask: Callable[[int], Any], labels: LabelSpec) -> Callable[[int], dict[str, np.ndarray[Any, Any]]]:
    """Return what loads the masks of a sample by class, where one array has a plane for each."""

    def load(index: int) -> dict[str, np.ndarray[Any, Any]]:
        mask = np.asarray(load_mask(index))
        planes = mask[..., np.newaxis] if mask.ndim == 2 else mask
        names = labels.class_names or map(str, range(planes.shape[2]))
        return {name: planes[..., number] for number, name in enumerate(names)}

    return load


def refuse_weights_by_class(class_weights: Any) -> None:
    """Refuse class weights of masks of several classes a pixel, but for equal ones.

    Raises:
        ValueError: they are by class.
    """
    if class_weights is not None and not (isinstance(class_weights, str) and class_weights == "uniform"):
        raise ValueError(
            f'class_weights={class_weights!r} with mask_encoding="multi_label": a pixel has one weight but may have '
            'several classes; expected "uniform" (0 where a transform fills pixels, else 1), and '
            "class_statistics().pos_weight in the loss"
        )


def _check_names(
    names: list[str], palette: Palette | None, num_classes: int | None, class_map: ClassMap | LabelMap | None
) -> None:
    if class_map is not None:
        raise ValueError("class_map is for masks of ids, and masks= has the mask of each class; leave it out")
    if palette is not None and list(palette.names) != names:
        raise ValueError(
            f"the palette's classes are {list(palette.names)}, and those of masks= {names}; expected equal names, or "
            "no palette"
        )
    if num_classes not in (None, len(names)):
        raise ValueError(f"num_classes={num_classes}, and masks= has the classes {names}; leave num_classes out")
