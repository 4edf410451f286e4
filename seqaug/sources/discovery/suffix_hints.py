"""Guessing by which suffixes the names of images and masks differ, to say so where nothing can be paired."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

_MASKS_LOOKED_AT = 50
_NEIGHBOURS = 3
_RULES_SAID = 3


class SuffixRule(NamedTuple):
    """Suffixes that pair images and masks.

    Attributes:
        image: what the stems of images end with.
        mask: what the stems of masks end with.
        pairs: how many pairs that makes.
    """

    image: str
    mask: str
    pairs: int


def suffix_rules(images: Sequence[str], masks: Sequence[str]) -> list[SuffixRule]:
    """Find the suffixes that pair most.

    Args:
        images: relative stems of images.
        masks: relative stems of masks; they may be the same files.

    Returns:
        At most three, all of which make as many pairs; none where names have nothing in common.
    """
    # In the order of text, the names that begin most alike stand beside each other.
    ordered = sorted(images)
    step = -(-len(masks) // _MASKS_LOOKED_AT)
    tried: Counter[tuple[str, str]] = Counter()
    for mask in masks[::step]:
        place = bisect_left(ordered, mask)
        for image in ordered[max(place - _NEIGHBOURS, 0) : place + _NEIGHBOURS]:
            suffixes = _differing_ends(image, mask)
            if suffixes is not None:
                tried[suffixes] += 1
    rules = [_counted(images, masks, *suffixes) for suffixes, _ in tried.most_common(2 * _MASKS_LOOKED_AT)]
    most = max((rule.pairs for rule in rules), default=0)
    best = [rule for rule in rules if rule.pairs == most > 0]
    return sorted(best, key=lambda rule: (len(rule.image) + len(rule.mask), rule))[:_RULES_SAID]


def _differing_ends(image: str, mask: str) -> tuple[str, str] | None:
    """Take off what two names have in common, up to where a word ends in both."""
    end = next((place for place, (a, b) in enumerate(zip(image, mask, strict=False)) if a != b), None)
    end = min(len(image), len(mask)) if end is None else end
    while end > 0 and not (_begins_word(image[end:]) and _begins_word(mask[end:])):
        end -= 1
    ends = image[end:], mask[end:]
    if end == 0 or "/" in "".join(ends) or image[:end].endswith("/") or ends[0] == ends[1]:
        return None
    return ends


def _begins_word(end: str) -> bool:
    return not end[:1].isalnum()


def _counted(images: Sequence[str], masks: Sequence[str], image_suffix: str, mask_suffix: str) -> SuffixRule:
    image_keys = {name.removesuffix(image_suffix) for name in images if name.endswith(image_suffix)}
    mask_keys = {name.removesuffix(mask_suffix) for name in masks if name.endswith(mask_suffix)}
    return SuffixRule(image_suffix, mask_suffix, len(image_keys & mask_keys))
