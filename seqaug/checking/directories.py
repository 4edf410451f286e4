"""The samples in directories as a check sees them: files without a partner, or with several, are issues."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from seqaug.checking.dataset import check_samples
from seqaug.checking.report import Issue, Report
from seqaug.checking.samples import MASK_OF, Part
from seqaug.engines.base import Engine
from seqaug.palette.label_spec import LabelSpec
from seqaug.palette.polygon_labels import polygon_reader
from seqaug.reading.polygons import POLYGON_SUFFIXES
from seqaug.remote.urls import absolute
from seqaug.sources.additional import with_additional
from seqaug.sources.base import DataSource
from seqaug.sources.class_masks import ClassMaskFiles
from seqaug.sources.discovery.image_files import IMAGE_KINDS, MASK_KINDS, files_by_stem
from seqaug.sources.discovery.pair_warnings import PairedPaths
from seqaug.sources.files import FilePairs, ImageFiles
from seqaug.utils.redaction import shown

Path = str | os.PathLike[str]


class Directories(NamedTuple):
    """A part of a data set in directories, or files of patterns, as for `SegmentationSequence.from_directory`.

    Attributes:
        name: of the part, in reports.
        images: of the images.
        masks: of the masks, or of those of each class; None: images alone.
        additional: of further arrays, by name.
    """

    name: str
    images: Path
    masks: Path | Mapping[str, Path] | None = None
    additional: Mapping[str, Path] = MappingProxyType({})


def check_directories(
    parts: Sequence[Directories],
    labels: LabelSpec,
    engine: Engine,
    *,
    color_mode: str = "rgb",
    additional_targets: Mapping[str, str] | None = None,
) -> Report:
    """Inspect every sample of some directories once, and report all issues.

    Files are paired by relative stem, as by `SegmentationSequence.from_directory`.

    Args:
        parts: the parts of the data set, usually training and validation.
        labels: what masks should hold, as for `check_samples`.
        engine: runs the inspection.
        color_mode: how image files are read in training.
        additional_targets: kinds of the further arrays.

    Raises:
        ValueError: a directory does not exist or holds no image file, or is given twice.
    """
    found = [_find_part(part, labels, color_mode, additional_targets or {}) for part in parts]
    return check_samples([part for part, _ in found], engine, [issue for _, issues in found for issue in issues])


def _find_part(
    directories: Directories, labels: LabelSpec, color_mode: str, additional_targets: Mapping[str, str]
) -> tuple[Part, list[Issue]]:
    """Pair the files of a part, and list those that cannot be paired as issues."""
    masks, name = directories.masks, directories.name
    images = files_by_stem(directories.images, "images")
    required: dict[str, dict[str, list[str]]] = {}
    are_beside = False
    if masks is not None and not isinstance(masks, Mapping):
        # LabelMe writes a.json beside a.jpg.
        are_beside = absolute(os.fspath(masks)) == absolute(os.fspath(directories.images))
        required["mask"] = files_by_stem(masks, "masks", (POLYGON_SUFFIXES, *IMAGE_KINDS) if are_beside else MASK_KINDS)
        are_beside = are_beside and next(iter(required["mask"].values()))[0].lower().endswith(POLYGON_SUFFIXES)
    for array, location in directories.additional.items():
        required[array] = files_by_stem(location, f"additional[{array!r}]")
    optional: dict[str, dict[str, list[str]]] = {}
    if isinstance(masks, Mapping):
        optional = {of: files_by_stem(location, f"masks[{of!r}]") for of, location in masks.items()}
    _refuse_equal(directories, are_beside=are_beside)
    issues: list[Issue] = []
    keys: list[str] = []
    for stem in sorted(set(images).union(*required.values(), *optional.values())):
        candidates = {"image": images.get(stem, [])}
        candidates |= {array: files.get(stem, []) for array, files in required.items()}
        of_classes = {MASK_OF + of: files.get(stem, []) for of, files in optional.items()}
        missing = [array for array, paths in candidates.items() if not paths]
        present = {array: paths for array, paths in (candidates | of_classes).items() if paths}
        for array, paths in present.items():
            if missing and (array == "image" or "image" in missing):
                lacks = "image" if "image" in missing else " and ".join(missing)
                issues.append(Issue("unpaired", tuple(paths), {"file": array, "missing": lacks}))
            if len(paths) > 1:
                issues.append(Issue("ambiguous", tuple(paths), {"file": array, "stem": stem}))
        if not missing and all(len(paths) <= 1 for paths in present.values()):
            keys.append(stem)
    paired = PairedPaths(images[key][0] for key in keys)
    source: DataSource
    if isinstance(masks, Mapping):
        by_class = {of: [files.get(key, [None])[0] for key in keys] for of, files in optional.items()}
        one_label = labels.overlapping is None
        source = ClassMaskFiles(paired, by_class, one_label=one_label, color_mode=color_mode)
    elif masks is None:
        source = ImageFiles(paired, color_mode=color_mode)
    else:
        mask_paths = PairedPaths(required["mask"][key][0] for key in keys)
        polygons = polygon_reader(labels, mask_paths)
        source = FilePairs(
            paired,
            mask_paths,
            color_mode=color_mode,
            colored_masks=labels.colored_masks,
            planes=labels.overlapping is not None,
            polygons=polygons,
        )
    if directories.additional:
        columns = {array: PairedPaths(required[array][key][0] for key in keys) for array in directories.additional}
        source = with_additional(source, columns, additional_targets)
    return Part(name, source, labels), issues


def _refuse_equal(directories: Directories, *, are_beside: bool) -> None:
    masks = directories.masks
    others: dict[str, Path] = {}
    if isinstance(masks, Mapping):
        others |= {f"masks of {name!r}": location for name, location in masks.items()}
    elif masks is not None and not are_beside:
        others["masks"] = masks
    others |= {f"additional[{name!r}]": location for name, location in directories.additional.items()}
    seen = {absolute(os.fspath(directories.images)): "images"}
    for name, location in others.items():
        same = seen.setdefault(absolute(os.fspath(location)), name)
        if same == "images" and name == "masks":
            raise ValueError(
                f"images and masks are both {shown(directories.images)}, so each file would be its own mask; expected "
                "two folders, or a pattern for each"
            )
        if same != name:
            raise ValueError(
                f"{same} and {name} are both {shown(location)}; expected a folder, or a pattern, for each of them"
            )
