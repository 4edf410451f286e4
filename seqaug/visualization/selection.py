"""Which samples a picture shows."""

from __future__ import annotations

import operator
from collections.abc import Iterable

import numpy as np

from seqaug.core.sample_request import SampleRequest
from seqaug.loader.data_loader import request_at
from seqaug.sampling.samplers import EpochIndices
from seqaug.utils.validation import whole_number


def requests_to_show(
    order: EpochIndices,
    epoch: int,
    *,
    n: int,
    index: int | Iterable[int] | None,
    num_samples: int,
) -> list[SampleRequest]:
    """Choose samples as they come in an epoch, with the augmentation that they have in it.

    Args:
        order: of the epoch.
        epoch: which one.
        n: how many, from the epoch's beginning, where no `index` is given.
        index: one sample or several, wherever in the epoch they come first. One that does not come in it is augmented
            as at the position of its own number.
        num_samples: how many samples there are.

    Raises:
        ValueError: `n` is below 1, or there is no sample of an index.
        TypeError: one of them is no integer.
    """
    if index is None:
        count = min(whole_number("n", n, 1), len(order.samples))
        return [request_at(order, epoch, position) for position in range(count)]
    chosen = list(index) if isinstance(index, Iterable) else [index]
    return [_first(order, epoch, _checked(one, num_samples)) for one in chosen]


def _checked(index: int, num_samples: int) -> int:
    try:
        number = operator.index(index)
    except TypeError:
        raise TypeError(f"index={index!r}; expected integers, the numbers of samples from 0") from None
    if not 0 <= number < num_samples:
        raise ValueError(f"index={number}; expected 0 to {num_samples - 1}: there are {num_samples} samples")
    return number


def _first(order: EpochIndices, epoch: int, index: int) -> SampleRequest:
    positions = np.flatnonzero(order.samples == index)
    return request_at(order, epoch, int(positions[0])) if len(positions) else SampleRequest(index, epoch, index)
