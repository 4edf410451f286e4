"""Expected shares of an epoch's positions, by sample and by class, under an oversampling strategy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from seqaug.statistics.counts import ClassCounts

Shares = np.ndarray[Any, np.dtype[np.float64]]

# A sample drawn less than a thousandth as often as in plain passes counts as never drawn.
_NEVER = 1e-3


@dataclass(frozen=True)
class SamplingShares:
    """Expected shares of positions, over many epochs.

    Attributes:
        samples: the share of each sample, (N,), float64; sums to 1.
        drawn_for: the share of positions drawn for each class, (K,), float64; the rest, up to 1, is plain. None if the
            strategy does not draw by class.
    """

    samples: Shares
    drawn_for: Shares | None = None

    @property
    def never_drawn(self) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """Which samples are never drawn, or less than a thousandth as often as in plain passes, (N,), bool."""
        return np.asarray(self.samples * len(self.samples) < _NEVER)

    def with_class(self, counts: ClassCounts) -> Shares:
        """Give the share of positions with a sample that contains each class, (K,), float64."""
        shares = np.zeros(counts.num_classes)
        first = 0
        for chunk in counts.chunks():
            in_chunk = self.samples[first : first + len(chunk)]
            shares += np.bincount(chunk.indices, np.repeat(in_chunk, np.diff(chunk.indptr)), counts.num_classes)
            first += len(chunk)
        return np.minimum(shares, 1)


def class_shares(
    counts: ClassCounts, drawn_for: Shares, at_least: np.ndarray[Any, Any] | None = None
) -> SamplingShares:
    """Distribute the positions drawn for classes, and the plain ones, among the samples.

    Args:
        counts: the pixels of each class in each sample.
        drawn_for: the share of positions drawn for each class, (K,); the rest, up to 1, is plain.
        at_least: the number of pixels of each class that a sample needs to be drawn for it, (K,); None: 1.
    """
    least = np.ones(counts.num_classes, np.uint32) if at_least is None else np.asarray(at_least, np.uint32)
    listed = np.zeros(counts.num_classes, np.int64)
    for chunk in counts.chunks():
        listed += np.bincount(chunk.indices[chunk.data >= least[chunk.indices]], minlength=counts.num_classes)
    per_sample = drawn_for / np.maximum(listed, 1)
    samples = np.full(len(counts), max(1 - drawn_for.sum(), 0) / max(len(counts), 1))
    first = 0
    for chunk in counts.chunks():
        weights = np.where(chunk.data >= least[chunk.indices], per_sample[chunk.indices], 0)
        samples[first : first + len(chunk)] += np.bincount(chunk.samples(), weights, len(chunk))
        first += len(chunk)
    return SamplingShares(samples, drawn_for)
