"""Selection of the samples that a preview shows."""

from __future__ import annotations

import operator
from collections.abc import Iterable

import numpy as np

from seqaug.core.sample_request import SampleRequest
from seqaug.loader.data_loader import request_at
from seqaug.sampling.samplers import EpochIndices
from seqaug.utils.validation import whole_number


def requests_to_show(
    indices: EpochIndices,
    epoch: int,
    *,
    n: int,
    index: int | Iterable[int] | None,
    num_samples: int,
) -> list[SampleRequest]:
    """Select samples at their positions in an epoch, and so with the augmentation that they get there.

    Args:
        indices: the epoch's indices.
        epoch: its number.
        n: how many samples, from the start of the epoch; unused with `index`.
        index: one index or several, each at its first position in the epoch. An index that the epoch lacks is
            augmented as at the position equal to itself.
        num_samples: size of the data set.

    Raises:
        ValueError: `n` is below 1, or an index is out of range.
        TypeError: not an integer.
    """
    if index is None:
        count = min(whole_number("n", n, 1), len(indices.samples))
        return [request_at(indices, epoch, position) for position in range(count)]
    chosen = list(index) if isinstance(index, Iterable) else [index]
    return [_first_request(indices, epoch, _validate(one, num_samples)) for one in chosen]


def _validate(index: int, num_samples: int) -> int:
    try:
        number = operator.index(index)
    except TypeError:
        raise TypeError(f"index={index!r}; expected integers, indices of samples from 0") from None
    if not 0 <= number < num_samples:
        raise ValueError(f"index={number}; expected 0 to {num_samples - 1}, as there are {num_samples} samples")
    return number


def _first_request(indices: EpochIndices, epoch: int, index: int) -> SampleRequest:
    positions = np.flatnonzero(indices.samples == index)
    return request_at(indices, epoch, int(positions[0])) if len(positions) else SampleRequest(index, epoch, index)
