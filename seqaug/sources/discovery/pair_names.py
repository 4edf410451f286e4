"""Detection of image and mask lists in different orders, judging by file names."""

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
_MAX_COMPARED = 50_000  # pairs compared by more than exact names
_PROBE = 1000  # keys probed for partners before all are

_SEPARATORS = re.compile(r"[\W_]+")
_LEADING_ZEROS = re.compile(r"(?<!\d)0+(?=\d)")
_NUMBERS = re.compile(r"\d+")
_DIGITS_AT_START, _DIGITS_AT_END = re.compile(r"^\d+"), re.compile(r"\d+$")

# Names that programs generate, no two alike: they say nothing about pairs.
_GENERATED = re.compile(
    r"(?<![0-9a-z])(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{8,}(?![0-9a-z])"  # hexadecimal: hashes, parts of UUIDs
    r"|\d{12,}"  # time stamps
    r"|(?=[a-z]*\d)(?=\d*[a-z])[0-9a-z]{20,}"  # other letters and digits, mixed
)


class Mispairing(NamedTuple):
    """Pairs whose names contradict the pairing, or have nothing in common.

    Attributes:
        pairs: number of such pairs.
        compared: number of pairs compared.
        examples: up to three of them: the index of the pair, and the index of the mask that is named like the image;
            None if names have nothing in common.
    """

    pairs: int
    compared: int
    examples: tuple[tuple[int, int | None], ...]

    @property
    def has_partners(self) -> bool:
        """Whether names say which masks belong to the images."""
        return self.examples[0][1] is not None


def find_mispairing(images: Sequence[str], masks: Sequence[str]) -> Mispairing | None:
    """Find images and masks whose names suggest other pairs than their positions in two lists.

    The start and end that all image paths share are removed, and for masks likewise. The remainders
    (`aachen_000000_000019` with `_leftImg8bit` and `_gtFine_labelIds` removed) are compared exactly, then ignoring
    separators, case and leading zeros, then by their numbers, then by their folders or by whether one name starts with
    the other. The first comparison decides in which most pairs agree, or most images have a partner at another
    position.

    Args:
        images: paths or URLs, at least one.
        masks: as many paths or URLs.

    Returns:
        The pairs whose image has its partner at another position; or, if names have nothing in common, the pairs that
        differ. None if nothing is wrong, if names do not distinguish samples (one mask for all images), or if most
        names are generated (hashes, time stamps).
    """
    distinct = _distinct_parts(images), _distinct_parts(masks)
    if distinct[0] == distinct[1]:
        return None
    exact = _Comparison(*distinct)
    names = _mostly_distinct_parts(images[:_MAX_COMPARED]), _mostly_distinct_parts(masks[:_MAX_COMPARED])
    plain_names = [list(map(_plain, side)) for side in names]
    plain = _Comparison(*plain_names)
    if plain.agrees:
        return exact.mispairing if exact.agrees else plain.mispairing
    numbers = _Comparison(*(list(map(_numbers, side)) for side in plain_names))
    for comparison in (exact, plain, numbers):
        if comparison.finds_partners:
            return None if comparison.agrees else comparison.mispairing
    folders = _Comparison(*(list(map(os.path.dirname, side)) for side in names))
    files = [[_plain(os.path.basename(stem)) for stem in _stems(paths[:_MAX_COMPARED])] for paths in (images, masks)]
    extend_file_names = 2 * len(set(files[0])) > len(files[0]) and _are_extended(*files)
    if numbers.agrees or folders.agrees or _are_extended(*plain_names) or extend_file_names:
        return None
    if not plain.is_distinctive or any(map(_are_generated, plain_names)):
        return None
    wrong = [index for index, (image, mask) in enumerate(zip(*plain_names, strict=True)) if image != mask]
    return Mispairing(len(wrong), len(names[0]), tuple((index, None) for index in wrong[:_EXAMPLES]))


class _Comparison:
    """Two lists of keys, compared index by index."""

    def __init__(self, images: Sequence[Hashable], masks: Sequence[Hashable]) -> None:
        self._images, self._masks = images, masks

    @cached_property
    def _mask_set(self) -> frozenset[Hashable]:
        return frozenset(self._masks)

    @cached_property
    def is_distinctive(self) -> bool:
        """Whether keys vary on both sides."""
        return all(any(key != keys[0] for key in keys) for keys in (self._images, self._masks))

    @cached_property
    def agrees(self) -> bool:
        """Whether most pairs have equal keys, and more of them than by chance."""
        length = len(self._images)
        agreeing: int = sum(map(operator.eq, self._images, self._masks))
        if 2 * agreeing <= length or not self.is_distinctive:
            return False
        mask_counts = Counter(self._masks)
        by_chance: float = sum(count * mask_counts[key] for key, count in Counter(self._images).items()) / length
        return 2 * (agreeing - by_chance) > length - by_chance

    @cached_property
    def finds_partners(self) -> bool:
        """Whether most images have a mask with an equal key, mostly one that no other image has."""
        length = len(self._images)
        probe = self._images[:: -(-length // _PROBE)]
        if not self.is_distinctive or 4 * sum(key in self._mask_set for key in probe) < len(probe):
            return False
        if 2 * min(len(set(self._images)), len(self._mask_set)) <= length:
            return False
        return 2 * sum(key in self._mask_set for key in self._images) > length

    @property
    def mispairing(self) -> Mispairing | None:
        """The pairs whose image and mask both have their partners at other positions."""
        image_set = set(self._images)
        wrong = [
            index
            for index, (image, mask) in enumerate(zip(self._images, self._masks, strict=True))
            if image != mask and image in self._mask_set and mask in image_set
        ]
        if not wrong:
            return None
        examples = tuple((index, self._masks.index(self._images[index])) for index in wrong[:_EXAMPLES])
        return Mispairing(len(wrong), len(self._images), examples)


def _distinct_parts(paths: Sequence[str]) -> list[str]:
    """Remove file suffixes, and the start and end that all paths share."""
    stems = _stems(paths)
    start, end = _common_start(min(stems), max(stems)), stems[0]
    for stem in stems:
        if not stem.endswith(end):
            end = _common_start(stem[::-1], end[::-1])[::-1]
    first, last = len(_DIGITS_AT_END.sub("", start)), len(_DIGITS_AT_START.sub("", end))  # numbers stay whole
    return [stem[first : max(len(stem) - last, first)] for stem in stems]


def _mostly_distinct_parts(paths: Sequence[str]) -> list[str]:
    """Remove file suffixes, and the start and end that nine in ten paths share: a stray file changes nothing."""
    stems = _stems(paths)
    tenth = len(stems) // 10
    forward, backward = sorted(stems), sorted(stem[::-1] for stem in stems)
    start = _DIGITS_AT_END.sub("", _common_start(forward[tenth], forward[-1 - tenth]))
    end = _DIGITS_AT_START.sub("", _common_start(backward[tenth], backward[-1 - tenth])[::-1])
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
    """Return whether most names start with their partner's whole name, as `dog_anna` does with `dog`."""
    pairs = zip(images, masks, strict=True)
    return 2 * sum(f"{a}_".startswith(f"{b}_") or f"{b}_".startswith(f"{a}_") for a, b in pairs) > len(images)


def _are_generated(names: Sequence[str]) -> bool:
    return 2 * sum(_GENERATED.search(name) is not None for name in names) > len(names)
