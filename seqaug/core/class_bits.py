"""Sets of classes as bits: how masks of classes that overlap are kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

Array = np.ndarray[Any, Any]

# The classes of one map of bits. It has one bit more: its largest number is no set of classes.
BITS: Final = 15


def map_names(num_classes: int) -> tuple[str, ...]:
    """Name the arrays that hold a sample's sets of classes: "mask", and one for each further `BITS` classes."""
    return ("mask", *(f"mask[{first}:]" for first in range(BITS, num_classes, BITS)))


def swap_classes(maps: Mapping[str, Array], num_classes: int, pairs: Sequence[tuple[int, int]]) -> dict[str, Array]:
    """Return the maps of a sample with the classes of each pair swapped."""
    names = map_names(num_classes)
    swapped = {name: maps[name].copy() for name in names}
    for pair in pairs:
        (one, left), (other, right) = ((names[at // BITS], at % BITS) for at in pair)
        # The largest number has all bits: it stays.
        differs = (swapped[one] >> left ^ swapped[other] >> right) & 1
        swapped[one] ^= differs << left
        swapped[other] ^= differs << right
    return swapped
