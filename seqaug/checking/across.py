"""What is wrong between the pairs of a data set: images that come twice, sizes and channels that differ."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any, NamedTuple

from seqaug.checking.finding import Finding
from seqaug.reading.depth import TWELVE_BITS


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


def _named(found: str | list[int]) -> str:
    return found if isinstance(found, str) else "x".join(map(str, found))
