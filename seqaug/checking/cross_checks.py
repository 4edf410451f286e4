"""Issues across the samples of a data set: duplicates, differing sizes and channels, ids of all masks together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property, partial
from typing import Any, NamedTuple

import numpy as np

from seqaug.checking.near_duplicates import nearest_pairs
from seqaug.checking.report import Issue
from seqaug.checking.samples import Part
from seqaug.palette.id_counts import IdCounts
from seqaug.palette.id_hints import class_map_hint, id_hint, id_warning
from seqaug.palette.label_spec import MAX_CLASSES, LabelSpec
from seqaug.reading.depth import MAX_12_BIT

_MAX_EXAMPLES = 3


class InspectedSample(NamedTuple):
    """A sample: its part of the data set, its number there, and what `parse_result` returns for it."""

    part: Part
    number: int
    result: dict[str, Any]

    @property
    def split(self) -> str:
        """The name of the part."""
        return self.part.name

    @property
    def image(self) -> str:
        """The file of the image."""
        return self.part.name_of(self.number, "image")


def find_duplicates(pairs: list[InspectedSample]) -> Iterator[Issue]:
    """Find images of the same pixels, within a split or across splits."""
    groups: defaultdict[str, list[InspectedSample]] = defaultdict(list)
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


def find_near_duplicates(pairs: list[InspectedSample]) -> Iterator[Issue]:
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


def find_low_bit_depth(pairs: list[InspectedSample]) -> Iterator[Issue]:
    """Find splits whose 16-bit images all hold 12 bits or fewer, of which reading in 8 bits keeps next to nothing."""
    for split in dict.fromkeys(pair.split for pair in pairs):
        deep = [pair for pair in pairs if pair.split == split and "max" in pair.result]
        largest = max((pair.result["max"] for pair in deep), default=0)
        if 0 < largest <= MAX_12_BIT:
            yield Issue("low_bit_depth", (deep[0].image,), {"split": split, "images": len(deep), "max": largest})


def find_mixtures(samples: list[InspectedSample]) -> Iterator[Issue]:
    """Find splits whose images differ in size or in channels, or whose further arrays differ in channels."""
    yield from _mixtures("mixed_sizes", "image", samples, lambda result: result.get("size"))
    yield from _mixtures("mixed_channels", "image", samples, lambda result: result.get("channels"))
    for name in sorted({name for sample in samples for name in sample.part.kinds}):
        yield from _mixtures("mixed_additional", name, samples, partial(_channels_of, name))


def _channels_of(name: str, result: dict[str, Any]) -> Any:
    return result.get("additional", {}).get(name)


def _mixtures(
    issue_type: str, array: str, samples: list[InspectedSample], value_of: Callable[[dict[str, Any]], Any]
) -> Iterator[Issue]:
    for split in dict.fromkeys(sample.split for sample in samples):
        found: defaultdict[str, list[InspectedSample]] = defaultdict(list)
        for sample in samples:
            value = value_of(sample.result) if sample.split == split else None
            if value is not None:
                found[_text(value)].append(sample)
        if len(found) > 1:
            common = sorted(found.items(), key=lambda item: -len(item[1]))
            mixture = [{"value": value, "images": len(several)} for value, several in common]
            examples = tuple(several[0].part.name_of(several[0].number, array) for _, several in common)
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

    def add(self, pairs: Iterable[InspectedSample]) -> None:
        """Move the ids out of the pairs' results into the total."""
        counts = [] if self._total is None else [self._total]
        for pair in pairs:
            if "ids" in pair.result:
                ids, pixels, distinct = pair.result.pop("ids")
                counts.append(IdCounts(np.array(ids, np.int64), np.array(pixels, np.int64), 1, distinct))
                if len(self._examples) < _MAX_EXAMPLES:
                    self._examples.append(pair.part.name_of(pair.number, "mask"))
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
