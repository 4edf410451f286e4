"""Samples that differ when they are recomputed: a check of the first batch."""

from __future__ import annotations

import pickle
import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any

import numpy as np

from seqaug.augmentation.determinism import same_arrays
from seqaug.core.sample_request import SampleRequest
from seqaug.pipeline.pipeline import Pipeline
from seqaug.sequence.first_batch import FirstBatch

Array = np.ndarray[Any, Any]


class RepeatingCheck:
    """Recomputes the first sample of a batch, and compares it with the batch.

    Where they differ, and where the user's code takes part, it finds the cause: `load`, a transform (which it names),
    or the process that made the batch.

    Args:
        pipeline: makes samples.
        load: loads the sample of a request, without a cache, if a subclass overrides `load`; else None.
        is_cached: whether samples may come from a cache, which hides a `load` that differs.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        load: Callable[[SampleRequest], Mapping[str, Any]] | None = None,
        *,
        is_cached: bool = False,
    ) -> None:
        self._pipeline = pipeline
        self._load = load
        self._is_cached = is_cached

    def __call__(self, first: FirstBatch) -> Iterator[str]:
        """Yield a warning that names the cause."""
        difference = self._difference(first)
        is_suspect = difference is not None
        if self._load is not None and (is_suspect or self._is_cached):
            before = _global_states()
            is_same = self._loads_equal(self._load, first.request)
            if _global_states() != before:
                return  # `GlobalRandomCheck` warns of that
            if not is_same:
                yield (
                    f"load() returns different arrays each time that it loads sample {first.request.index}, so that "
                    "batches depend on which worker loads what, and when; expected equal arrays at each call, or "
                    "load(self, index, rng), which draws from rng, a generator made from (seed, epoch, position)"
                )
                return
        names = self._pipeline.nondeterministic_transforms(first.loaded, first.request, is_suspect=is_suspect)
        if names:
            yield (
                f"{', '.join(names)} gave a different result when the first sample ({first.where}) was recomputed, so "
                "that batches depend on which worker makes them, and when; expected transforms that draw from "
                "self.py_random and self.random_generator, not from np.random, random or the time, and keep no state "
                "between samples (A.Lambda has no generators: write a class)"
            )
        elif is_suspect:
            yield (
                f"the first sample ({first.where}) differs between the batch and this process: {difference}; it "
                "depends on the process, the machine or the time, or files, OpenCV or Albumentations differ where "
                "batches are made"
            )

    @staticmethod
    def _loads_equal(load: Callable[[SampleRequest], Mapping[str, Any]], request: SampleRequest) -> bool:
        # The batch exists: what fails only here, such as a file that only workers see, is no fault.
        with suppress(Exception):
            one, other = (_arrays(load(request)) for _ in range(2))
            return same_arrays(one, other)
        return True

    def _difference(self, first: FirstBatch) -> str | None:
        """Say how the first row differs from the same sample, encoded here; None where they are equal."""
        row = {name: np.empty(shape, dtype) for name, (shape, dtype) in self._pipeline.layout(first.augmented).items()}
        self._pipeline.write(first.augmented, row)
        for name, here in row.items():
            # The batch may be padded, at the bottom and on the right.
            there = first.batch[name][0][tuple(map(slice, here.shape))]
            if here.shape != there.shape:
                return f"{name!r} is {there.shape} in the batch and {here.shape} here"
            differing = np.count_nonzero((here != there) & ((here == here) | (there == there)))  # NaN is NaN
            if differing:
                return f"{differing:,} of {here.size:,} values of {name!r} differ"
        return None


def _arrays(loaded: Mapping[str, Any]) -> dict[str, Array]:
    return {name: np.array(pixels) for name, pixels in loaded.items()}


def _global_states() -> bytes:
    return pickle.dumps((np.random.get_state(legacy=False), random.getstate()))  # noqa: NPY002
