"""A subclass's `load`: its arguments, and where it draws random numbers from."""

from __future__ import annotations

import inspect
import pickle
import random
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import numpy as np

from seqaug.core.sample_request import SampleRequest
from seqaug.sequence.first_batch import FirstBatch

# How often a finding is confirmed.
_REPEATS = 4


def takes_rng(load: Callable[..., Any]) -> bool:
    """Tell whether to call `load(index, rng=...)` instead of `load(index)`.

    Args:
        load: the bound method.

    Raises:
        TypeError: it accepts neither call.
    """
    try:
        signature = inspect.signature(load)
    except (TypeError, ValueError):  # compiled, without a signature
        return False
    if "rng" in signature.parameters:
        return True
    try:
        signature.bind(0)
    except TypeError:
        raise TypeError(
            f"load({', '.join(['self', *signature.parameters])}) cannot be called with an index alone; expected "
            "load(self, index), or load(self, index, rng) with this name, where rng is a np.random.Generator"
        ) from None
    return False


class GlobalRandomCheck:
    """Finds a `load` that draws from the global state of `np.random` or `random`; a check of the first batch.

    It loads two samples of the batch again, which also finds a `load` that seeds by the index. It does not find
    generators of the method's own, such as an unseeded `np.random.default_rng()`.

    Args:
        load: loads the sample of a request, without a cache.
    """

    def __init__(self, load: Callable[[SampleRequest], object]) -> None:
        self._load = load

    def __call__(self, first: FirstBatch) -> Iterator[str]:
        """Yield a warning if it does."""
        request = first.request
        # A sample of the batch: one that has never been loaded might crash this process.
        other = request._replace(index=int(first.batch["index"][-1]))
        found = self._changed_by(request) | self._changed_by(other)
        # Other threads draw too, such as those of a cluster in this process: `load` changes the same state each time.
        for _ in range(_REPEATS):
            if found:
                found &= self._changed_by(request) | self._changed_by(other)
        if found:
            yield (
                f"load() draws from the global {' and '.join(sorted(found))}, so that batches depend on which worker "
                "loads what, and when, and no two runs are equal; expected load(self, index, rng): rng is a "
                "np.random.Generator made from (seed, epoch, position)"
            )

    def _changed_by(self, request: SampleRequest) -> set[str]:
        before = _states()
        # The batch exists: what fails only here, such as a file that only workers see, is no fault.
        with suppress(Exception):
            self._load(request)
        return {name for name, state in _states().items() if state != before[name]}


def _states() -> dict[str, bytes]:
    return {
        "np.random": pickle.dumps(np.random.get_state(legacy=False)),  # noqa: NPY002
        "random": pickle.dumps(random.getstate()),
    }
