"""Samplers of the user's own, checked."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Sized
from numbers import Number
from typing import Any

import numpy as np

from seqaug.sampling.samplers import EpochIndices, Sampler

Array = np.ndarray[Any, Any]


class CheckedSampler:
    """Calls a sampler of the user's, and checks what it gives.

    Args:
        sampler: gives indices, or a pair of indices and class ids, for an epoch.
        num_samples: number of samples.
        length: number of positions in an epoch.
        num_classes: number of classes, or None if unknown.

    Raises:
        TypeError, ValueError: it does not take an epoch; for epoch 0, it gives no such indices; or others when it is
            asked again.
    """

    def __init__(self, sampler: Sampler, num_samples: int, length: int, num_classes: int | None) -> None:
        self._sampler = sampler
        self._num_samples = num_samples
        self._length = length
        self._num_classes = num_classes
        self._check_takes_epoch()
        first, again = self(0), self(0)
        if not all(np.array_equal(one, other) for one, other in zip(_arrays(first), _arrays(again), strict=True)):
            raise ValueError(
                f"{self._name} gave other indices for epoch 0 when it was asked again; expected indices that depend on "
                "the epoch alone, drawn from np.random.default_rng((seed, epoch)), so that batches can be made again"
            )

    def __call__(self, epoch: int) -> EpochIndices:
        """Return the samples of an epoch."""
        given: Any = self._sampler(epoch)
        classes = None
        if isinstance(given, tuple) and len(given) == 2 and not isinstance(given[0], Number):
            given, classes = given
        samples = self._integers(given, "indices", epoch, (0, self._num_samples - 1))
        if classes is not None:
            most = np.iinfo(np.int32).max if self._num_classes is None else self._num_classes - 1
            classes = self._integers(classes, "class ids", epoch, (-1, most)).astype(np.int32)
        return EpochIndices(samples.astype(np.int64), classes)

    @property
    def _name(self) -> str:
        return f"the sampler {getattr(self._sampler, '__name__', type(self._sampler).__name__)}"

    def _check_takes_epoch(self) -> None:
        try:
            signature = inspect.signature(self._sampler)
        except ValueError:  # of a function written in C
            return
        try:
            signature.bind(0)
        except TypeError:
            raise TypeError(
                f"{self._name} takes {signature}; expected one argument, the epoch: __call__(self, epoch) of a class, "
                "or a function of it, that returns the indices of that epoch"
            ) from None

    def _integers(self, given: Any, what: str, epoch: int, bounds: tuple[int, int]) -> Array:
        expected = f"expected {self._length} {what} from {bounds[0]} to {bounds[1]}, one for each position of an epoch"
        if not _is_array_like(given):
            listed = ": list(...) of it" if isinstance(given, Iterable) else ""
            raise TypeError(
                f"{self._name} gave {what} as {type(given).__name__} for epoch {epoch}; {expected}, as a list or an "
                f"array{listed}"
            )
        try:
            found = np.asarray(given)
        except ValueError:  # lists of unequal lengths
            raise TypeError(f"{self._name} gave nested {what} for epoch {epoch}; {expected}, in one list") from None
        if found.dtype.kind not in "iu" or found.ndim != 1:
            raise TypeError(
                f"{self._name} gave {what} of dtype {found.dtype} and shape {found.shape} for epoch {epoch}; {expected}"
            )
        if len(found) != self._length:
            raise ValueError(
                f"{self._name} gave {len(found)} {what} for epoch {epoch}; {expected}, whose number "
                "samples_per_epoch= sets"
            )
        if found.size and not (bounds[0] <= found.min() and found.max() <= bounds[1]):
            raise ValueError(
                f"{self._name} gave {what} from {found.min()} to {found.max()} for epoch {epoch}; {expected}"
            )
        return found


def _is_array_like(given: Any) -> bool:
    """Tell sequences and arrays from iterators, sets and other objects, which NumPy takes for one value."""
    is_list = isinstance(given, Sized) and hasattr(given, "__getitem__") and not isinstance(given, str | bytes | dict)
    return is_list or hasattr(given, "__array__")


def _arrays(indices: EpochIndices) -> list[Array]:
    return [indices.samples, np.empty(0) if indices.classes is None else indices.classes]
