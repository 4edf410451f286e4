"""How often samples and classes come under a strategy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from seqaug.statistics.counts import ClassCounts

Shares = np.ndarray[Any, np.dtype[np.float64]]

# A sample that comes less than a thousandth as often as it would in plain passes is one that never comes.
_NEVER = 1e-3


@dataclass(frozen=True)
class SamplingShares:
    """Shares of the positions of many epochs.

    Attributes:
        samples: of each sample, (N,), float64; sums to 1.
        drawn_for: of the positions that are drawn for each class, (K,), float64; the rest, to 1, are plain. None where
            positions are not drawn for classes.
    """

    samples: Shares
    drawn_for: Shares | None = None

    @property
    def never(self) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """Which samples do not come, or less than a thousandth as often as in plain passes, (N,), bool."""
        return np.asarray(self.samples * len(self.samples) < _NEVER)

    def with_class(self, counts: ClassCounts) -> Shares:
        """Give the share of positions with a sample that contains each class, (K,), float64."""
        shares = np.zeros(counts.num_classes)
        first = 0
        for chunk in counts.chunks():
            of_samples = self.samples[first : first + len(chunk)]
            shares += np.bincount(chunk.indices, np.repeat(of_samples, np.diff(chunk.indptr)), counts.num_classes)
            first += len(chunk)
        return np.minimum(shares, 1)


def class_shares(
    counts: ClassCounts, drawn_for: Shares, at_least: np.ndarray[Any, Any] | None = None
) -> SamplingShares:
    """Share out positions that are drawn for classes, and plain ones, among the samples.

    Args:
        counts: the pixels of each class in each sample.
        drawn_for: the share of positions that is drawn for each class, (K,); the rest, to 1, is plain.
        at_least: how many pixels of each class a sample needs to be drawn for it, (K,); None: one.
    """
    least = np.ones(counts.num_classes, np.uint32) if at_least is None else np.asarray(at_least, np.uint32)
    listed = np.zeros(counts.num_classes, np.int64)
    for chunk in counts.chunks():
        listed += np.bincount(chunk.indices[chunk.data >= least[chunk.indices]], minlength=counts.num_classes)
    of_each = drawn_for / np.maximum(listed, 1)
    samples = np.full(len(counts), max(1 - drawn_for.sum(), 0) / max(len(counts), 1))
    first = 0
    for chunk in counts.chunks():
        weights = np.where(chunk.data >= least[chunk.indices], of_each[chunk.indices], 0)
        samples[first : first + len(chunk)] += np.bincount(chunk.samples(), weights, len(chunk))
        first += len(chunk)
    return SamplingShares(samples, drawn_for)
