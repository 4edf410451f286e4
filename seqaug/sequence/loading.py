"""What a subclass's `load` takes, and where it draws from."""

from __future__ import annotations

import inspect
import pickle
import random
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any

import numpy as np

from seqaug.core.sample_request import SampleRequest
from seqaug.sequence.first_batch import FirstBatch


def takes_rng(load: Callable[..., Any]) -> bool:
    """Tell whether `load` is called as `load(index, rng=...)` and not as `load(index)`.

    Args:
        load: the bound method.

    Raises:
        TypeError: it can be called in neither way.
    """
    try:
        signature = inspect.signature(load)
    except (TypeError, ValueError):  # it is compiled, and says nothing
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
    """Finds out whether `load` draws from the global state of `np.random` or `random`; a check of the first batch.

    It loads two samples of the batch once more, so that seeding by the index is found as well. What is drawn from a
    generator of the method's own, such as an unseeded `np.random.default_rng()`, leaves no trace there.

    Args:
        load: loads the sample of a request, without a cache.
    """

    def __init__(self, load: Callable[[SampleRequest], object]) -> None:
        self._load = load

    def __call__(self, first: FirstBatch) -> Iterator[str]:
        """Give what to warn of."""
        request = first.request
        # Of the batch, because a sample that is not known to be sound might end this process.
        other = replace(request, index=int(first.batch["index"][-1]))
        found = self._changed_by(request) | self._changed_by(other)
        # Another thread may have drawn at the same time: only what is changed again is `load`'s doing.
        if found and (found := found & (self._changed_by(request) | self._changed_by(other))):
            yield (
                f"load() draws from the global {' and '.join(sorted(found))}, so that batches depend on which worker "
                "loads what, and when, and no run is like another; expected load(self, index, rng): rng is a "
                "np.random.Generator made of (seed, epoch, position)"
            )

    def _changed_by(self, request: SampleRequest) -> set[str]:
        before = _states()
        # The batch was made: what fails only here, such as a file that only workers see, is no fault.
        with suppress(Exception):
            self._load(request)
        return {name for name, state in _states().items() if state != before[name]}


def _states() -> dict[str, bytes]:
    return {
        "np.random": pickle.dumps(np.random.get_state(legacy=False)),  # noqa: NPY002
        "random": pickle.dumps(random.getstate()),
    }
