"""The check of a whole data set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from seqaug.checking.class_masks import DatasetPlanes
from seqaug.checking.cross_checks import (
    DatasetIds,
    InspectedSample,
    find_duplicates,
    find_low_bit_depth,
    find_mixtures,
    find_near_duplicates,
)
from seqaug.checking.inspection import SampleInspector, parse_result
from seqaug.checking.issue_types import ISSUE_TYPES
from seqaug.checking.report import Issue, Report
from seqaug.checking.samples import Part
from seqaug.engines.base import Engine
from seqaug.jobs.parallel_map import parallel_map
from seqaug.sources.discovery.pair_warnings import folder_warnings
from seqaug.sources.files import FilePairs
from seqaug.utils.redaction import shown


def check_samples(parts: Sequence[Part], engine: Engine, found: Sequence[Issue] = ()) -> Report:
    """Inspect every sample once, and report all issues.

    Args:
        parts: the parts of the data set, usually training and validation, whose classes are the same. With a palette,
            masks should hold its colours; with a number of classes, ids below it; with neither, ids or colours, which
            are checked as far as that is possible without knowing them.
        engine: runs the inspection.
        found: issues that are known already, such as files without a partner.

    Raises:
        ValueError: the parts have different classes.
    """
    for part in parts[1:]:
        _check_classes(parts[0], part)
    issues = [*found, *(issue for part in parts for issue in _folder_issues(part))]
    inspector = SampleInspector(parts)
    samples: list[InspectedSample] = []
    ids = _ids_by_part(parts)
    planes = [DatasetPlanes(part) for part in parts]
    count = sum(len(part.source) for part in parts)
    for chunk in parallel_map(engine, inspector, np.arange(count), "Checking the samples"):
        results = map(parse_result, chunk.arrays.get("json", ()))
        inspected = []
        for global_index, result in zip(chunk.indices, results, strict=True):
            number, index = inspector.locate(int(global_index))
            inspected.append(InspectedSample(parts[number], index, result))
            if "planes" in result:
                planes[number].add(index, result.pop("planes"))
        for part, of_part in zip(parts, ids, strict=True):
            of_part.add(sample for sample in inspected if sample.part is part)
        samples += inspected
    for sample in samples:
        for arrays, issue_type, details in sample.result["issues"]:
            hint = {"hint": ids[parts.index(sample.part)].hint} if issue_type == "ids_out_of_range" else {}
            paths = dict.fromkeys(sample.part.name_of(sample.number, array) for array in arrays)
            issues.append(Issue(issue_type, tuple(paths), {**details, **hint}))
    for find in (find_duplicates, find_near_duplicates, find_low_bit_depth, find_mixtures):
        issues += find(samples)
    issues += [issue for of_masks in dict.fromkeys(ids) for issue in of_masks.issues()]
    issues += [issue for of_part in planes for issue in of_part.issues()]
    issues = [replace(issue, paths=tuple(map(shown, issue.paths))) for issue in issues]
    order = list(ISSUE_TYPES)
    return Report(count, tuple(sorted(issues, key=lambda issue: order.index(issue.type))))


def _ids_by_part(parts: Sequence[Part]) -> list[DatasetIds]:
    """Return where the ids of each part are counted: together, where masks hold the same."""
    found: dict[object, DatasetIds] = {}
    for part in parts:
        found.setdefault(part.labels.stored, DatasetIds(part.labels))
    return [found[part.labels.stored] for part in parts]


def _folder_issues(part: Part) -> list[Issue]:
    pairs = part.pairs
    if part.load is not None or not isinstance(pairs, FilePairs) or not len(pairs):
        return []
    image, mask = pairs[0]
    return [Issue("suspicious_folders", (image, mask), {"problem": doubt}) for doubt in folder_warnings(image, mask)]


def _check_classes(one: Part, other: Part) -> None:
    first, second = one.labels, other.labels
    if (first.num_classes, first.class_names) != (second.num_classes, second.class_names):
        named = [
            f"{part.name} has {part.labels.num_classes} ({part.labels.class_names or 'ids'})" for part in (one, other)
        ]
        raise ValueError(f"the parts have different classes: {' and '.join(named)}; expected the same")
