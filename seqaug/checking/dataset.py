"""The check of a whole data set."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from seqaug.checking.across import Look, find_duplicates, find_mixtures, find_shallow
from seqaug.checking.finding import Finding
from seqaug.checking.kinds import KINDS
from seqaug.checking.pair import PairInspector, understood
from seqaug.checking.report import Report
from seqaug.engines import Engine
from seqaug.labels import Labels
from seqaug.redaction import shown
from seqaug.samples import files_by_stem
from seqaug.sweep import sweep


class Split(NamedTuple):
    """A part of a data set: two directories, and what reports call it."""

    name: str
    images: str | os.PathLike[str]
    masks: str | os.PathLike[str]


def check_dataset(splits: Sequence[Split], labels: Labels, engine: Engine) -> Report:
    """Look at every pair once, and report what is wrong.

    Files are paired by relative stem, as `SegmentationSequence.from_directory` pairs them.

    Args:
        splits: the parts of the data set, mostly training and validation.
        labels: what masks should hold. With a palette: its colours. With a number of classes: ids below it. With
            neither, ids or colours, of which only what can be seen without knowing them is checked.
        engine: who does the work.

    Raises:
        ValueError: a directory does not exist or holds no image file.
    """
    pairs: list[tuple[str, str, str]] = []
    findings: list[Finding] = []
    for part in splits:
        paired, alone = _paired(part)
        pairs += paired
        findings += alone
    inspector = PairInspector([(image, mask) for image, mask, _ in pairs], labels)
    looks: list[Look] = []
    for swept in sweep(engine, inspector, np.arange(len(pairs)), "Checking the pairs"):
        for index, said in zip(swept.indices, swept.arrays.get("said", ()), strict=True):
            image, mask, split = pairs[int(index)]
            looks.append(Look(image, mask, split, understood(said)))
    for look in looks:
        files = {"image": (look.image,), "mask": (look.mask,), "both": (look.image, look.mask)}
        findings += [Finding(kind, files[which], details) for which, kind, details in look.said["faults"]]
    findings += [*find_duplicates(looks), *find_shallow(looks), *find_mixtures(looks)]
    findings = [replace(finding, paths=tuple(map(shown, finding.paths))) for finding in findings]
    order = list(KINDS)
    return Report(len(pairs), tuple(sorted(findings, key=lambda finding: order.index(finding.kind))))


def _paired(split: Split) -> tuple[list[tuple[str, str, str]], list[Finding]]:
    """Pair the files of two directories; those that have no partner, or several, are findings."""
    images, masks = files_by_stem(split.images, "images"), files_by_stem(split.masks, "masks")
    pairs, findings = [], []
    for stem in sorted(images.keys() | masks.keys()):
        both = images.get(stem, []), masks.get(stem, [])
        findings += [*_unpaired(*both), *_ambiguous(stem, *both)]
        if len(both[0]) == len(both[1]) == 1:
            pairs.append((both[0][0], both[1][0], split.name))
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
