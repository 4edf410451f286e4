"""Issues of masks by class: classes that overlap, are the same, or are nowhere or everywhere."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Any

import numpy as np

from seqaug.checking.report import Issue
from seqaug.checking.samples import MASK_OF, Part
from seqaug.sources.class_masks import ClassMaskFiles

Array = np.ndarray[Any, Any]

_MAX_EXAMPLES = 3
_MAX_OVERLAPS = 200  # of pairs of classes in a sample


def inspect_planes(planes: Array, are_given: Sequence[bool]) -> dict[str, Any]:
    """Inspect the masks of the classes of a sample.

    Args:
        planes: (H, W, K) bool.
        are_given: which classes have a file.

    Returns:
        "given": numbers of the classes that have a file; "full" and "empty": of those whose mask is everywhere or
        nowhere; "overlaps": [one class, another, pixels inside both, whether both masks are equal].
    """
    given = [number for number, is_given in enumerate(are_given) if is_given]
    pixels = np.count_nonzero(planes, axis=(0, 1))
    size = planes.shape[0] * planes.shape[1]
    overlaps = []
    if pixels.sum() > np.count_nonzero(planes.any(axis=2)):
        for one, other in combinations(given, 2):
            both = int(np.count_nonzero(planes[..., one] & planes[..., other]))
            if both:
                overlaps.append([one, other, both, bool(both == pixels[one] == pixels[other])])
    return {
        "given": given,
        "full": [number for number in given if pixels[number] == size],
        "empty": [number for number in given if not pixels[number]],
        "overlaps": sorted(overlaps, key=lambda entry: -entry[2])[:_MAX_OVERLAPS],
    }


class DatasetPlanes:
    """The masks by class of a part of a data set together.

    Args:
        part: the part.
    """

    def __init__(self, part: Part) -> None:
        self._part = part
        self._samples: defaultdict[str, defaultdict[int, int]] = defaultdict(lambda: defaultdict(int))
        self._examples: defaultdict[Any, list[int]] = defaultdict(list)
        self._overlaps: defaultdict[tuple[int, int], list[int]] = defaultdict(lambda: [0, 0, 0])

    def add(self, index: int, planes: dict[str, Any]) -> None:
        """Add the result of `inspect_planes` for a sample."""
        for key in ("given", "full", "empty"):
            for number in planes[key]:
                self._samples[key][number] += 1
                self._example(number, index)
        for one, other, pixels, are_equal in planes["overlaps"]:
            total = self._overlaps[one, other]
            total[0], total[1], total[2] = total[0] + pixels, total[1] + 1, total[2] + are_equal
            self._example((one, other), index)

    def _example(self, key: Any, index: int) -> None:
        if len(self._examples[key]) < _MAX_EXAMPLES and index not in self._examples[key]:
            self._examples[key].append(index)

    def issues(self) -> Iterator[Issue]:
        """Find classes that overlap where a pixel has one label, are the same, or are nowhere or everywhere."""
        pairs = self._part.pairs
        if not isinstance(pairs, ClassMaskFiles):
            return
        names = pairs.class_names
        for (one, other), (pixels, samples, equal) in sorted(self._overlaps.items()):
            paths = tuple(
                self._part.name_of(index, MASK_OF + names[number])
                for index in self._examples[one, other]
                for number in (one, other)
            )
            if equal == samples:
                problem = (
                    f"the masks of {names[one]!r} and {names[other]!r} are equal in all {samples} samples with both"
                )
                yield Issue("suspicious_folders", paths, {"problem": problem, "hint": "give each class its own masks"})
            elif self._part.labels.overlapping is None:
                details = {"classes": [names[one], names[other]], "pixels": pixels, "samples": samples}
                yield Issue("overlapping_classes", paths, details)
        for key, where in (("full", "every pixel is inside"), ("empty", "no pixel is inside")):
            for number, samples in sorted(self._samples[key].items()):
                given = self._samples["given"][number]
                if samples == given > 1:
                    paths = tuple(
                        self._part.name_of(index, MASK_OF + names[number]) for index in self._examples[number]
                    )
                    problem = f"{where} of all {given} masks of {names[number]!r}"
                    yield Issue("single_label", paths, {"problem": problem})
