"""Whether two lists of paths stand in the same order, as far as the names of the files tell."""

from __future__ import annotations

import operator
import os
import re
from collections import Counter
from collections.abc import Hashable, Sequence
from functools import cached_property
from itertools import takewhile
from typing import NamedTuple

_EXAMPLES = 3
_LOOKED_AT = 50_000  # pairs that are compared by more than the letters of their names
_SOME = 1000  # of which few have a partner where most have none

_SEPARATORS = re.compile(r"[\W_]+")
_LEADING_ZEROS = re.compile(r"(?<!\d)0+(?=\d)")
_NUMBERS = re.compile(r"\d+")
_DIGITS_AT_START, _DIGITS_AT_END = re.compile(r"^\d+"), re.compile(r"\d+$")

# Names that a program drew or computed, of which no two are alike: they tell nothing about pairs.
_MADE_UP = re.compile(
    r"(?<![0-9a-z])(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{8,}(?![0-9a-z])"  # hexadecimal: hashes, parts of UUIDs
    r"|\d{12,}"  # time stamps
    r"|(?=[a-z]*\d)(?=\d*[a-z])[0-9a-z]{20,}"  # other letters and digits, mixed
)


class Mispairing(NamedTuple):
    """Pairs of which the names say that they do not belong together, or say nothing.

    Attributes:
        pairs: how many.
        looked_at: among how many.
        examples: up to three of them: the number of the pair, and that of the pair whose mask is named after the image;
            None where names have nothing in common.
    """

    pairs: int
    looked_at: int
    examples: tuple[tuple[int, int | None], ...]

    @property
    def would_pair_otherwise(self) -> bool:
        """Whether names say which masks the images should have."""
        return self.examples[0][1] is not None


def find_mispairing(images: Sequence[str], masks: Sequence[str]) -> Mispairing | None:
    """Look for images and masks that their names pair otherwise than their places in two lists.

    What all images have in common at the beginning and the end of their paths is left out, and of masks likewise. What
    remains (`aachen_000000_000019` of `_leftImg8bit` and `_gtFine_labelIds`) is compared as it is, and without regard
    to separators, case and leading zeros; then by its numbers; then by its folders, or by whether the name of one
    begins as that of the other. The first of these by which most pairs agree, or most images have a partner elsewhere,
    decides.

    Args:
        images: paths or URLs, one or more.
        masks: as many.

    Returns:
        The pairs whose image has its partner elsewhere; or, where names have nothing in common, those that differ. None
        where nothing is wrong; where names differ in nothing that could tell, as one mask for all images; and where
        most are hashes, time stamps or the like, of which no two are alike.
    """
    own = _own_parts(images), _own_parts(masks)
    if own[0] == own[1]:
        return None
    exact = _Comparison(*own)
    few = _own_parts_of_most(images[:_LOOKED_AT]), _own_parts_of_most(masks[:_LOOKED_AT])
    plain_names = [list(map(_plain, names)) for names in few]
    plain = _Comparison(*plain_names)
    if plain.agrees:
        return exact.mispairing if exact.agrees else plain.mispairing
    numbers = _Comparison(*(list(map(_numbers, names)) for names in plain_names))
    for comparison in (exact, plain, numbers):
        if comparison.would_pair:
            return None if comparison.agrees else comparison.mispairing
    folders = _Comparison(*(list(map(os.path.dirname, names)) for names in few))
    files = [[_plain(os.path.basename(stem)) for stem in _stems(paths[:_LOOKED_AT])] for paths in (images, masks)]
    are_named_alike = 2 * len(set(files[0])) > len(files[0]) and _are_extended(*files)
    if numbers.agrees or folders.agrees or _are_extended(*plain_names) or are_named_alike:
        return None
    if not plain.can_tell or any(map(_are_made_up, plain_names)):
        return None
    wrong = [place for place, (image, mask) in enumerate(zip(*plain_names, strict=True)) if image != mask]
    return Mispairing(len(wrong), len(few[0]), tuple((place, None) for place in wrong[:_EXAMPLES]))


class _Comparison:
    """Two lists of keys, compared place by place."""

    def __init__(self, images: Sequence[Hashable], masks: Sequence[Hashable]) -> None:
        self._images, self._masks = images, masks

    @cached_property
    def _of_masks(self) -> frozenset[Hashable]:
        return frozenset(self._masks)

    @cached_property
    def can_tell(self) -> bool:
        """Whether keys differ on both sides."""
        return all(any(key != keys[0] for key in keys) for keys in (self._images, self._masks))

    @cached_property
    def agrees(self) -> bool:
        """Whether most pairs have equal keys, and more of them than would in any order."""
        length = len(self._images)
        agreeing: int = sum(map(operator.eq, self._images, self._masks))
        if 2 * agreeing <= length or not self.can_tell:
            return False
        times = Counter(self._masks)
        by_chance: float = sum(count * times[key] for key, count in Counter(self._images).items()) / length
        return 2 * (agreeing - by_chance) > length - by_chance

    @cached_property
    def would_pair(self) -> bool:
        """Whether most images have a partner somewhere, mostly one that no other image has."""
        length = len(self._images)
        some = self._images[:: -(-length // _SOME)]
        if not self.can_tell or 4 * sum(key in self._of_masks for key in some) < len(some):
            return False
        if 2 * min(len(set(self._images)), len(self._of_masks)) <= length:
            return False
        return 2 * sum(key in self._of_masks for key in self._images) > length

    @property
    def mispairing(self) -> Mispairing | None:
        """The pairs whose image has its partner elsewhere, and whose mask has its own."""
        of_images = set(self._images)
        wrong = [
            place
            for place, (image, mask) in enumerate(zip(self._images, self._masks, strict=True))
            if image != mask and image in self._of_masks and mask in of_images
        ]
        if not wrong:
            return None
        examples = tuple((place, self._masks.index(self._images[place])) for place in wrong[:_EXAMPLES])
        return Mispairing(len(wrong), len(self._images), examples)


def _own_parts(paths: Sequence[str]) -> list[str]:
    """Give of each path what not all have in common, without the suffix of the file."""
    stems = _stems(paths)
    start, end = _common_start(min(stems), max(stems)), stems[0]
    for stem in stems:
        if not stem.endswith(end):
            end = _common_start(stem[::-1], end[::-1])[::-1]
    first, last = len(_DIGITS_AT_END.sub("", start)), len(_DIGITS_AT_START.sub("", end))  # numbers stay whole
    return [stem[first : max(len(stem) - last, first)] for stem in stems]


def _own_parts_of_most(paths: Sequence[str]) -> list[str]:
    """Give the same, of what nine in ten have in common: a file from elsewhere changes nothing for the others."""
    stems = _stems(paths)
    few = len(stems) // 10
    forward, backward = sorted(stems), sorted(stem[::-1] for stem in stems)
    start = _DIGITS_AT_END.sub("", _common_start(forward[few], forward[-1 - few]))
    end = _DIGITS_AT_START.sub("", _common_start(backward[few], backward[-1 - few])[::-1])
    return [stem.removeprefix(start).removesuffix(end) for stem in stems]


def _stems(paths: Sequence[str]) -> list[str]:
    return [path.rpartition(".")[0] or path for path in paths]


def _common_start(one: str, other: str) -> str:
    same = takewhile(lambda both: both[0] == both[1], zip(one, other, strict=False))
    return one[: len(list(same))]


def _plain(name: str) -> str:
    return _LEADING_ZEROS.sub("", _SEPARATORS.sub("_", name.casefold())).strip("_")


def _numbers(name: str) -> tuple[int, ...]:
    return tuple(map(int, _NUMBERS.findall(name)))


def _are_extended(images: Sequence[str], masks: Sequence[str]) -> bool:
    """Tell whether most names begin with their partner's whole name, as `dog_anna` does with `dog`."""
    pairs = zip(images, masks, strict=True)
    return 2 * sum(f"{a}_".startswith(f"{b}_") or f"{b}_".startswith(f"{a}_") for a, b in pairs) > len(images)


def _are_made_up(names: Sequence[str]) -> bool:
    return 2 * sum(_MADE_UP.search(name) is not None for name in names) > len(names)
