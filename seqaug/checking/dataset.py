"""The check of a whole data set."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from seqaug.checking.cross_checks import AllIds, Look, find_duplicates, find_mixtures, find_shallow
from seqaug.checking.issue import Finding
from seqaug.checking.issue_types import KINDS
from seqaug.checking.pair import PairInspector, understood
from seqaug.checking.report import Report
from seqaug.engines.base import Engine
from seqaug.jobs.parallel_map import sweep
from seqaug.palette.label_spec import LabelSpec
from seqaug.remote.urls import absolute
from seqaug.sources.discovery.image_files import files_by_stem
from seqaug.sources.discovery.pair_warnings import folder_warnings
from seqaug.utils.redaction import shown


class Split(NamedTuple):
    """A part of a data set: two directories, and what reports call it."""

    name: str
    images: str | os.PathLike[str]
    masks: str | os.PathLike[str]


def check_dataset(splits: Sequence[Split], labels: LabelSpec, engine: Engine) -> Report:
    """Look at every pair once, and report what is wrong.

    Files are paired by relative stem, as `SegmentationSequence.from_directory` pairs them.

    Args:
        splits: the parts of the data set, mostly training and validation.
        labels: what masks should hold. With a palette: its colours. With a number of classes: ids below it. With
            neither, ids or colours, of which only what can be seen without knowing them is checked.
        engine: who does the work.

    Raises:
        ValueError: a directory does not exist or holds no image file, or images and masks are in the same one.
    """
    pairs: list[tuple[str, str, str]] = []
    findings: list[Finding] = []
    for part in splits:
        paired, alone = _paired(part)
        pairs += paired
        findings += alone
    inspector = PairInspector([(image, mask) for image, mask, _ in pairs], labels)
    looks: list[Look] = []
    ids = AllIds(labels)
    for swept in sweep(engine, inspector, np.arange(len(pairs)), "Checking the pairs"):
        said = map(understood, swept.arrays.get("said", ()))
        seen = [Look(*pairs[int(index)], of_pair) for index, of_pair in zip(swept.indices, said, strict=True)]
        ids.add(seen)
        looks += seen
    for look in looks:
        files = {"image": (look.image,), "mask": (look.mask,), "both": (look.image, look.mask)}
        for which, kind, details in look.said["faults"]:
            cure = {"cure": ids.advice} if kind == "ids_out_of_range" else {}
            findings.append(Finding(kind, files[which], {**details, **cure}))
    findings += [*ids.findings(), *find_duplicates(looks), *find_shallow(looks), *find_mixtures(looks)]
    findings = [replace(finding, paths=tuple(map(shown, finding.paths))) for finding in findings]
    order = list(KINDS)
    return Report(len(pairs), tuple(sorted(findings, key=lambda finding: order.index(finding.kind))))


def _paired(split: Split) -> tuple[list[tuple[str, str, str]], list[Finding]]:
    """Pair the files of two directories; those that have no partner, or several, are findings."""
    images, masks = files_by_stem(split.images, "images"), files_by_stem(split.masks, "masks")
    where, there = (absolute(os.fspath(folder)) for folder in (split.images, split.masks))
    if where == there:
        raise ValueError(
            f"images and masks are both {shown(split.images)}, so each file would be its own mask; expected "
            "two folders, or a pattern for each"
        )
    pairs, findings = [], []
    for stem in sorted(images.keys() | masks.keys()):
        both = images.get(stem, []), masks.get(stem, [])
        findings += [*_unpaired(*both), *_ambiguous(stem, *both)]
        if len(both[0]) == len(both[1]) == 1:
            pairs.append((both[0][0], both[1][0], split.name))
    if pairs:
        image, mask, _ = pairs[0]
        doubts = folder_warnings(image, mask)
        findings += [Finding("doubtful_folders", (image, mask), {"problem": doubt}) for doubt in doubts]
    return pairs, findings


def _unpaired(images: list[str], masks: list[str]) -> Iterator[Finding]:
    if not masks:
        yield Finding("unpaired", tuple(images), {"file": "image", "missing": "mask"})
    if not images:
        yield Finding("unpaired", tuple(masks), {"file": "mask", "missing": "image"})


def _ambiguous(stem: str, images: list[str], masks: list[str]) -> Iterator[Finding]:
    for file, paths in (("image", images), ("mask", masks)):
        if len(paths) > 1:
            yield Finding("ambiguous", tuple(paths), {"file": file, "stem": stem})
