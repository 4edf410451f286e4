"""Systematic draws: in proportion to shares, and far steadier than independent ones."""

from __future__ import annotations

from typing import Any

import numpy as np

from seqaug.sampling.passes import Indices


def systematic(shares: np.ndarray[Any, Any], count: int, generator: np.random.Generator) -> Indices:
    """Draw by systematic resampling (Carpenter et al. 1999).

    What has share s comes floor(count * s) or ceil(count * s) times, and count * s times on average; a share of 0
    never comes.

    Args:
        shares: (n,), float64, not negative, with the sum 1.
        count: how many to draw.
        generator: two draws are taken from it.

    Returns:
        Places in `shares`, (count,); those of one share stand together, in no order otherwise.
    """
    # The shares are walked in a new order each time, else neighbours' luck would hang together.
    walk = generator.permutation(len(shares))
    ends = np.cumsum(shares[walk]) * count
    ticks = np.arange(count) + generator.random()
    reached = np.searchsorted(ends, ticks, side="right")
    # Rounding can leave the last tick just beyond the last end, where only shares of 0 may follow.
    drawn: Indices = walk[np.minimum(reached, np.flatnonzero(shares[walk])[-1])]
    return drawn
