"""Suffixes that would pair images with masks, suggested when nothing can be paired."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

_MAX_MASKS = 50
_NEIGHBOURS = 3
_MAX_RULES = 3


class SuffixRule(NamedTuple):
    """Suffixes that pair images with masks.

    Attributes:
        image: end of the stems of images.
        mask: end of the stems of masks.
        pairs: number of pairs.
    """

    image: str
    mask: str
    pairs: int


def suffix_rules(images: Sequence[str], masks: Sequence[str]) -> list[SuffixRule]:
    """Find the suffixes that give the most pairs.

    Args:
        images: relative stems of images.
        masks: relative stems of masks; they may be the same files.

    Returns:
        At most three rules that tie for the most pairs; none if names have nothing in common.
    """
    # In lexicographic order, names with the longest common starts are neighbours.
    ordered = sorted(images)
    step = -(-len(masks) // _MAX_MASKS)
    votes: Counter[tuple[str, str]] = Counter()
    for mask in masks[::step]:
        middle = bisect_left(ordered, mask)
        for image in ordered[max(middle - _NEIGHBOURS, 0) : middle + _NEIGHBOURS]:
            suffixes = _differing_ends(image, mask)
            if suffixes is not None:
                votes[suffixes] += 1
    rules = [_count_pairs(images, masks, *suffixes) for suffixes, _ in votes.most_common(2 * _MAX_MASKS)]
    max_pairs = max((rule.pairs for rule in rules), default=0)
    best = [rule for rule in rules if rule.pairs == max_pairs > 0]
    return sorted(best, key=lambda rule: (len(rule.image) + len(rule.mask), rule))[:_MAX_RULES]


def _differing_ends(image: str, mask: str) -> tuple[str, str] | None:
    """Remove the common start of two names, up to a word boundary in both."""
    end = next((i for i, (a, b) in enumerate(zip(image, mask, strict=False)) if a != b), None)
    end = min(len(image), len(mask)) if end is None else end
    while end > 0 and not (_starts_at_boundary(image[end:]) and _starts_at_boundary(mask[end:])):
        end -= 1
    ends = image[end:], mask[end:]
    if end == 0 or "/" in "".join(ends) or image[:end].endswith("/") or ends[0] == ends[1]:
        return None
    return ends


def _starts_at_boundary(end: str) -> bool:
    return not end[:1].isalnum()


def _count_pairs(images: Sequence[str], masks: Sequence[str], image_suffix: str, mask_suffix: str) -> SuffixRule:
    image_keys = {name.removesuffix(image_suffix) for name in images if name.endswith(image_suffix)}
    mask_keys = {name.removesuffix(mask_suffix) for name in masks if name.endswith(mask_suffix)}
    return SuffixRule(image_suffix, mask_suffix, len(image_keys & mask_keys))
