"""The request for one sample of an epoch, and its name, apart from the pipeline and so from Albumentations."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple


class SampleRequest(NamedTuple):
    """One sample of an epoch: its index, and its epoch and position, which seed all randomness.

    Attributes:
        index: the sample's number in the source.
        epoch: from 0.
        position: place in the epoch, from 0.
        class_id: the class for which the sample was drawn, or None.
        partner: where the sample is mixed into that of this position: the transform's place, the number of its call and
            of the partner; else ().
        unusable: samples known to be unusable, with which this one is not mixed.
    """

    index: int  # type: ignore[assignment]  # not the method of tuples
    epoch: int
    position: int
    class_id: int | None = None
    partner: tuple[int, ...] = ()
    unusable: tuple[int, ...] = ()


def sample_name(describe: Callable[[int], str], index: int) -> str:
    """Name a sample in messages."""
    return f"sample {index} ({describe(index)})"
