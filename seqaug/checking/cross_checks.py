"""Issues across the pairs of a data set: duplicate images, differing sizes and channels, ids of all masks together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from seqaug.checking.near_duplicates import nearest_pairs
from seqaug.checking.report import Issue
from seqaug.palette.id_counts import IdCounts
from seqaug.palette.id_hints import class_map_hint, id_hint, id_warning
from seqaug.palette.label_spec import MAX_CLASSES, LabelSpec
from seqaug.reading.depth import MAX_12_BIT

_MAX_EXAMPLES = 3


class InspectedPair(NamedTuple):
    """A pair: its files, its split, and what `seqaug.checking.pair.parse_result` returns for it."""

    image: str
    mask: str
    split: str
    result: dict[str, Any]


def find_duplicates(pairs: list[InspectedPair]) -> Iterator[Issue]:
    """Find images of the same pixels, within a split or across splits."""
    groups: defaultdict[str, list[InspectedPair]] = defaultdict(list)
    for pair in pairs:
        if "image" in pair.result:
            groups[pair.result["image"]].append(pair)
    for group in groups.values():
        if len(group) > 1:
            splits = list(dict.fromkeys(pair.split for pair in group))
            masks = {pair.result.get("mask") for pair in group}
            issue_type = "leakage" if len(splits) > 1 else "duplicates"
            details = {"splits": splits, "same_masks": len(masks) == 1}
            yield Issue(issue_type, tuple(pair.image for pair in group), details)


def find_near_duplicates(pairs: list[InspectedPair]) -> Iterator[Issue]:
    """Find images that look nearly like one of an earlier split."""
    splits = list(dict.fromkeys(pair.split for pair in pairs))
    for number, split in enumerate(splits[1:], 1):
        earlier = [pair for pair in pairs if pair.split in splits[:number] and "look" in pair.result]
        # The same pixels are an issue of their own.
        same = {pair.result["image"] for pair in earlier}
        own = [p for p in pairs if p.split == split and "look" in p.result and p.result["image"] not in same]
        looks = [[pair.result["look"] for pair in several] for several in (own, earlier)]
        for at, nearest, different in nearest_pairs(*looks):
            details = {"splits": [earlier[nearest].split, split], "different_bits": different}
            yield Issue("near_leakage", (earlier[nearest].image, own[at].image), details)


def find_low_bit_depth(pairs: list[InspectedPair]) -> Iterator[Issue]:
    """Find splits whose 16-bit images all hold 12 bits or fewer, of which reading in 8 bits keeps next to nothing."""
    for split in dict.fromkeys(pair.split for pair in pairs):
        deep = [pair for pair in pairs if pair.split == split and "max" in pair.result]
        largest = max((pair.result["max"] for pair in deep), default=0)
        if 0 < largest <= MAX_12_BIT:
            yield Issue("low_bit_depth", (deep[0].image,), {"split": split, "images": len(deep), "max": largest})


def find_mixtures(pairs: list[InspectedPair]) -> Iterator[Issue]:
    """Find splits whose images differ in size or in channels."""
    for issue_type, key in (("mixed_sizes", "size"), ("mixed_channels", "channels")):
        for split in dict.fromkeys(pair.split for pair in pairs):
            images: defaultdict[str, list[str]] = defaultdict(list)
            for pair in pairs:
                if pair.split == split and key in pair.result:
                    images[_text(pair.result[key])].append(pair.image)
            if len(images) > 1:
                common = sorted(images.items(), key=lambda item: -len(item[1]))
                mixture = [{"value": value, "images": len(paths)} for value, paths in common]
                examples = tuple(paths[0] for _, paths in common)
                yield Issue(issue_type, examples, {"split": split, "mixture": mixture})


class DatasetIds:
    """The ids of all masks of a data set together.

    Args:
        labels: what masks should hold.
    """

    def __init__(self, labels: LabelSpec) -> None:
        self._labels = labels
        self._total: IdCounts | None = None
        self._examples: list[str] = []
        self._any_without_issues = False

    def add(self, pairs: Iterable[InspectedPair]) -> None:
        """Move the ids out of the pairs' results into the total."""
        counts = [] if self._total is None else [self._total]
        for pair in pairs:
            if "ids" in pair.result:
                ids, pixels, distinct = pair.result.pop("ids")
                counts.append(IdCounts(np.array(ids, np.int64), np.array(pixels, np.int64), 1, distinct))
                self._examples += [pair.mask] * (len(self._examples) < _MAX_EXAMPLES)
                self._any_without_issues |= not pair.result["issues"]
        self._total = IdCounts.total(counts) if counts else None

    @cached_property
    def hint(self) -> str:
        """What to do about ids out of range; read it after all pairs have been added."""
        assert self._total is not None
        if self._labels.class_map is not None:
            return class_map_hint(self._total, self._labels.class_map)
        num_classes = MAX_CLASSES if self._labels.num_classes is None else self._labels.num_classes
        return str(id_hint(self._total, num_classes, self._labels.ignore_index))

    def issues(self) -> Iterator[Issue]:
        """Find ids that are probably no class ids, or masks that all hold one label."""
        total, labels = self._total, self._labels
        if total is None:
            return
        if labels.palette is None and labels.num_classes is None:
            warning = id_warning(total)
            if warning is not None:
                details = {"problem": warning.found, "hint": warning.hint}
                yield Issue("suspicious_ids", tuple(self._examples), details)
                return
        problem = None if labels.class_map is None else labels.class_map.contradiction(total.ids)
        if problem is not None:
            yield Issue("suspicious_ids", tuple(self._examples), {"problem": problem, "hint": "see the masks"})
        mapped = labels.mapped(total)
        # Masks that are empty or ignored throughout have issues of their own.
        if total.masks > 1 and len(mapped.without(labels.ignore_index).ids) < 2 and self._any_without_issues:
            ignored = "" if len(mapped.ids) == 1 else f", and losses skip {labels.ignore_index}"
            yield Issue("single_label", tuple(self._examples), {"problem": f"{total}{ignored}"})


def _text(value: str | list[int]) -> str:
    return value if isinstance(value, str) else "x".join(map(str, value))
