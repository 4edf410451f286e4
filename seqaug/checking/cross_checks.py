"""What is wrong between the pairs of a data set: images that come twice, sizes and channels that differ."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from seqaug.checking.issue import Finding
from seqaug.palette.id_counts import IdCounts
from seqaug.palette.id_hints import id_hint, id_warning
from seqaug.palette.label_spec import MAX_CLASSES, LabelSpec
from seqaug.reading.depth import TWELVE_BITS

_EXAMPLES = 3


class Look(NamedTuple):
    """What is known of a pair: its files, the split that it is in, and what `understood` gives."""

    image: str
    mask: str
    split: str
    said: dict[str, Any]


def find_duplicates(looks: list[Look]) -> Iterator[Finding]:
    """Find images of the same pixels, within a split or across them."""
    alike: defaultdict[str, list[Look]] = defaultdict(list)
    for look in looks:
        if "image" in look.said:
            alike[look.said["image"]].append(look)
    for group in alike.values():
        if len(group) > 1:
            splits = {look.split: 0 for look in group}
            masks = {look.said.get("mask") for look in group}
            details = {"splits": list(splits), "same_masks": len(masks) == 1}
            kind = "leakage" if len(splits) > 1 else "duplicates"
            yield Finding(kind, tuple(look.image for look in group), details)


def find_shallow(looks: list[Look]) -> Iterator[Finding]:
    """Find splits whose images of 16 bits all hold 12 or fewer, of which a reading in 8 bits leaves next to nothing."""
    for split in {look.split: 0 for look in looks}:
        deep = [look for look in looks if look.split == split and "greatest" in look.said]
        greatest = max((look.said["greatest"] for look in deep), default=0)
        if 0 < greatest <= TWELVE_BITS:
            details = {"split": split, "images": len(deep), "greatest": greatest}
            yield Finding("shallow_images", (deep[0].image,), details)


def find_mixtures(looks: list[Look]) -> Iterator[Finding]:
    """Find splits whose images have different sizes, or different channels."""
    for kind, key in (("mixed_sizes", "size"), ("mixed_channels", "channels")):
        for split in {look.split: 0 for look in looks}:
            found: defaultdict[str, list[str]] = defaultdict(list)
            for look in looks:
                if look.split == split and key in look.said:
                    found[_named(look.said[key])].append(look.image)
            if len(found) > 1:
                common = sorted(found.items(), key=lambda item: -len(item[1]))
                mixture = [{"found": name, "images": len(images)} for name, images in common]
                examples = tuple(images[0] for _, images in common)
                yield Finding(kind, examples, {"split": split, "mixture": mixture})


class AllIds:
    """The ids of all masks of a data set, and what they make one doubt together.

    Args:
        labels: what masks should hold.
    """

    def __init__(self, labels: LabelSpec) -> None:
        self._labels = labels
        self._total: IdCounts | None = None
        self._examples: list[str] = []
        self._has_faultless = False

    def add(self, looks: Iterable[Look]) -> None:
        """Take the ids out of some looks, and count them."""
        counts = [] if self._total is None else [self._total]
        for look in looks:
            if "ids" in look.said:
                ids, pixels, distinct = look.said.pop("ids")
                counts.append(IdCounts(np.array(ids, np.int64), np.array(pixels, np.int64), 1, distinct))
                self._examples += [look.mask] * (len(self._examples) < _EXAMPLES)
                self._has_faultless |= not look.said["faults"]
        self._total = IdCounts.total(counts) if counts else None

    @cached_property
    def advice(self) -> str:
        """What to do where ids are no classes, when all are counted."""
        num_classes = MAX_CLASSES if self._labels.num_classes is None else self._labels.num_classes
        assert self._total is not None
        return str(id_hint(self._total, num_classes, self._labels.ignore_index, are_files=True))

    def findings(self) -> Iterator[Finding]:
        """Say that they are probably no class ids, or that there is nothing to learn from them."""
        total, labels = self._total, self._labels
        if total is None:
            return
        if labels.palette is None and labels.num_classes is None:
            doubts = id_warning(total, are_files=True)
            if doubts is not None:
                details = {"problem": doubts.found, "cure": doubts.hint}
                yield Finding("doubtful_ids", tuple(self._examples), details)
                return
        # Masks that are empty or ignored throughout are findings one by one.
        if total.masks > 1 and len(total.without(labels.ignore_index).ids) < 2 and self._has_faultless:
            ignored = "" if len(total.ids) == 1 else f", and losses skip {labels.ignore_index}"
            yield Finding("one_label", tuple(self._examples), {"problem": f"{total}{ignored}"})


def _named(found: str | list[int]) -> str:
    return found if isinstance(found, str) else "x".join(map(str, found))
