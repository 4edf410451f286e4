"""Timing of each transform of a composition."""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from time import perf_counter
from typing import Any

import numpy as np

from seqaug.augmentation.augmenter import MakeGenerators
from seqaug.augmentation.mask_safety import make_mask_safe
from seqaug.augmentation.mixing.handover import PartnerSample, PartnerSource, handovers
from seqaug.augmentation.nested import leaves, nested_transforms, set_random_state

Arrays = dict[str, np.ndarray[Any, Any]]


class TimedTransform:
    """A user's transform that times each of its single transforms; for one thread.

    Args:
        transform, additional_targets, ignore_index: as for `seqaug.augmentation.augmenter.Augmenter`.

    Attributes:
        seconds: the total time of each transform so far, by its name in `transform_names`; without loading partners.
        loading: the total time of loading partners so far.
        mixes: whether a transform mixes samples.
        resizing: the names of transforms that have changed the size of an image so far.
    """

    def __init__(self, transform: Any, additional_targets: Mapping[str, str], ignore_index: int | None) -> None:
        self._mask_safe = make_mask_safe(transform, additional_targets, ignore_index)
        self._transforms = nested_transforms(self._mask_safe)
        self.seconds: dict[str, float] = {}
        self.resizing: set[str] = set()
        self.loading = 0.0
        found = next(handovers(leaf for part in self._transforms for leaf in leaves(part)), None)
        self._context = None if found is None else found.context
        self.mixes = found is not None
        names = transform_names(self._mask_safe)
        for name, leaf in zip(names, leaves(self._mask_safe), strict=True):
            self.seconds[name] = 0.0
            self._time(name, leaf)

    def _time(self, name: str, leaf: Any) -> None:
        """Time a transform from the draw of its parameters until it has been applied."""
        draw, apply = leaf.get_params, leaf.apply_with_params
        start = loading = 0.0

        def timed_draw() -> Any:
            nonlocal start, loading
            start, loading = perf_counter(), self.loading
            return draw()

        def timed_apply(params: Any, *args: Any, **kwargs: Any) -> Any:
            result = apply(params, *args, **kwargs)
            self.seconds[name] += perf_counter() - start - (self.loading - loading)
            if result["image"].shape != kwargs["image"].shape:
                self.resizing.add(name)
            return result

        leaf.get_params, leaf.apply_with_params = timed_draw, timed_apply

    def __call__(
        self, sample: Arrays, make_generators: MakeGenerators, partners: PartnerSource | None = None
    ) -> Arrays:
        """Transform the arrays of a sample, "image" and "mask", as `Augmenter` does."""
        set_random_state(self._transforms, make_generators())
        if self._context is not None:
            timed = None if partners is None else replace(partners, draw=self._timed_draw(partners.draw))
            self._context.start(timed, sample["mask"].size)
        result = self._mask_safe(**sample)
        return {name: result[name] for name in sample}

    def _timed_draw(self, draw: Callable[[int, int], Any]) -> Callable[[int, int], list[PartnerSample]]:
        def timed(load: Callable[[], Arrays]) -> Arrays:
            start = perf_counter()
            try:
                return load()
            finally:
                self.loading += perf_counter() - start

        return lambda place, call: [
            replace(partner, load=partial(timed, partner.load)) for partner in draw(place, call)
        ]


def transform_names(transform: Any) -> list[str]:
    """Give each single transform of a composition a unique name: "Rotate", "Rotate #2"."""
    seen: Counter[str] = Counter()
    names = []
    for leaf in leaves(transform):
        kind = type(leaf).__name__
        seen[kind] += 1
        names.append(kind if seen[kind] == 1 else f"{kind} #{seen[kind]}")
    return names


def without(transform: Any, name: str) -> Any:
    """Copy a transform with one of its single transforms, by its name in `transform_names`, set to p=0."""
    copied = copy.deepcopy(transform)
    names = transform_names(copied)
    for other, leaf in zip(names, leaves(copied), strict=True):
        if other == name:
            leaf.p = 0.0
    return copied
