"""Rare class sampling."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from seqaug.sampling.class_balanced import ClassBalancedSampler
from seqaug.sampling.sampling_shares import SamplingShares, class_shares
from seqaug.statistics.counts import ClassCounts, SamplesByClass
from seqaug.utils.validation import positive_number, whole_number

# Probabilities are rounded to multiples of this unit, so that quotas are integers; below half of it is never drawn.
_UNIT = 2**-40


@dataclass(frozen=True)
class RareClass:
    """Draws a class, more often the rarer its pixels are, then a sample with enough of it (Hoyer et al. 2022).

    With f_c the share of class c in all labelled pixels, before augmentation,

        P(c) = exp((1 - f_c) / temperature) / sum over the classes present of exp((1 - f) / temperature).

    Of an epoch of n positions, class c gets n * P(c): rounded up or down in each epoch, exact on average. Classes that
    no sample contains, and samples without any class, are left out. Samples of class c are those with at least
    `min_pixels` pixels of it; if there are none, those with at least half as many as the sample that has most. They are
    drawn without replacement, also across epochs: shuffled passes over them continue from epoch to epoch.

    Source: Hoyer et al., "DAFormer: Improving Network Architectures and Training Strategies for Domain-Adaptive
    Semantic Segmentation", CVPR 2022.

    Args:
        temperature: above 0; low values draw almost only the rarest class, high values all classes alike.
        min_pixels: minimum number of pixels of the class in a sample, at least 1; counted in masks as stored, so lower
            it for small masks.

    Raises:
        TypeError, ValueError: an argument is not a number, or out of range.
    """

    temperature: float = 0.01
    min_pixels: int = 3000

    def __post_init__(self) -> None:
        positive_number("temperature", self.temperature)
        whole_number("min_pixels", self.min_pixels, 1)

    def probabilities(self, counts: ClassCounts) -> np.ndarray[Any, np.dtype[np.float64]]:
        """Return P(c), (num_classes,), float64; 0 for classes that no sample contains."""
        pixels = counts.pixels_per_class()
        # Relative to the rarest class, which has the largest exponent: none overflows, and not all underflow.
        exponents = (pixels[pixels > 0].min() - pixels) / pixels.sum() / self.temperature
        weights = np.where(pixels > 0, np.exp(np.minimum(exponents, 0)), 0)
        return np.asarray(weights / weights.sum())

    def shares(self, counts: ClassCounts, length: int) -> SamplingShares:
        """Say how often samples and classes come, in epochs of any `length`."""
        return class_shares(counts, self.probabilities(counts), self._at_least(counts))

    def make_sampler(self, counts: ClassCounts, *, length: int, seed: int, shuffle: bool) -> ClassBalancedSampler:
        """Create the sampler of epochs of `length` positions; at least one sample must contain a class."""
        return ClassBalancedSampler(
            SamplesByClass(counts, self._at_least(counts)),
            np.rint(self.probabilities(counts) / _UNIT).astype(np.int64).tolist(),
            num_samples=len(counts),
            for_classes=length,
            length=length,
            seed=seed,
            shuffle=shuffle,
        )

    def _at_least(self, counts: ClassCounts) -> np.ndarray[Any, Any]:
        """Give the number of pixels that a sample needs to be drawn for each class, (num_classes,)."""
        most = np.zeros(counts.num_classes, np.uint32)
        np.maximum.at(most, counts.indices, counts.data)
        return np.where(most >= self.min_pixels, self.min_pixels, most - most // 2)
