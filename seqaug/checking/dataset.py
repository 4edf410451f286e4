"""The check of a whole data set."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from seqaug.checking.cross_checks import (
    DatasetIds,
    InspectedPair,
    find_duplicates,
    find_low_bit_depth,
    find_mixtures,
    find_near_duplicates,
)
from seqaug.checking.issue_types import ISSUE_TYPES
from seqaug.checking.pair import PairInspector, parse_result
from seqaug.checking.report import Issue, Report
from seqaug.engines.base import Engine
from seqaug.jobs.parallel_map import parallel_map
from seqaug.palette.label_spec import LabelSpec
from seqaug.remote.urls import absolute
from seqaug.sources.discovery.image_files import files_by_stem
from seqaug.sources.discovery.pair_warnings import folder_warnings
from seqaug.utils.redaction import shown


class Split(NamedTuple):
    """A part of a data set: its name in reports, and its two directories."""

    name: str
    images: str | os.PathLike[str]
    masks: str | os.PathLike[str]


def check_dataset(splits: Sequence[Split], labels: LabelSpec, engine: Engine) -> Report:
    """Inspect every pair once, and report all issues.

    Files are paired by relative stem, as by `SegmentationSequence.from_directory`.

    Args:
        splits: the parts of the data set, usually training and validation.
        labels: what masks should hold: with a palette, its colours; with a number of classes, ids below it; with
            neither, ids or colours, which are checked as far as that is possible without knowing them.
        engine: runs the inspection.

    Raises:
        ValueError: a directory does not exist or holds no image file, or images and masks are in the same one.
    """
    files: list[tuple[str, str, str]] = []
    issues: list[Issue] = []
    for split in splits:
        paired, of_files = _pair_files(split)
        files += paired
        issues += of_files
    inspector = PairInspector([(image, mask) for image, mask, _ in files], labels)
    pairs: list[InspectedPair] = []
    ids = DatasetIds(labels)
    for chunk in parallel_map(engine, inspector, np.arange(len(files)), "Checking the pairs"):
        results = map(parse_result, chunk.arrays.get("json", ()))
        inspected = [
            InspectedPair(*files[int(index)], result) for index, result in zip(chunk.indices, results, strict=True)
        ]
        ids.add(inspected)
        pairs += inspected
    for pair in pairs:
        paths = {"image": (pair.image,), "mask": (pair.mask,), "both": (pair.image, pair.mask)}
        for file, issue_type, details in pair.result["issues"]:
            hint = {"hint": ids.hint} if issue_type == "ids_out_of_range" else {}
            issues.append(Issue(issue_type, paths[file], {**details, **hint}))
    for find in (find_duplicates, find_near_duplicates, find_low_bit_depth, find_mixtures):
        issues += find(pairs)
    issues += ids.issues()
    issues = [replace(issue, paths=tuple(map(shown, issue.paths))) for issue in issues]
    order = list(ISSUE_TYPES)
    return Report(len(files), tuple(sorted(issues, key=lambda issue: order.index(issue.type))))


def _pair_files(split: Split) -> tuple[list[tuple[str, str, str]], list[Issue]]:
    """Pair the files of two directories; files with no partner, or with several, are issues."""
    images, masks = files_by_stem(split.images, "images"), files_by_stem(split.masks, "masks")
    image_folder, mask_folder = (absolute(os.fspath(folder)) for folder in (split.images, split.masks))
    if image_folder == mask_folder:
        raise ValueError(
            f"images and masks are both {shown(split.images)}, so each file would be its own mask; expected "
            "two folders, or a pattern for each"
        )
    pairs, issues = [], []
    for stem in sorted(images.keys() | masks.keys()):
        candidates = images.get(stem, []), masks.get(stem, [])
        issues += [*_unpaired(*candidates), *_ambiguous(stem, *candidates)]
        if len(candidates[0]) == len(candidates[1]) == 1:
            pairs.append((candidates[0][0], candidates[1][0], split.name))
    if pairs:
        image, mask, _ = pairs[0]
        doubts = folder_warnings(image, mask)
        issues += [Issue("suspicious_folders", (image, mask), {"problem": doubt}) for doubt in doubts]
    return pairs, issues


def _unpaired(images: list[str], masks: list[str]) -> Iterator[Issue]:
    if not masks:
        yield Issue("unpaired", tuple(images), {"file": "image", "missing": "mask"})
    if not images:
        yield Issue("unpaired", tuple(masks), {"file": "mask", "missing": "image"})


def _ambiguous(stem: str, images: list[str], masks: list[str]) -> Iterator[Issue]:
    for file, paths in (("image", images), ("mask", masks)):
        if len(paths) > 1:
            yield Issue("ambiguous", tuple(paths), {"file": file, "stem": stem})
