"""Class-uniform sampling."""

from __future__ import annotations

from dataclasses import dataclass

from seqaug.sampling.class_balanced import ClassBalancedSampler
from seqaug.sampling.sampling_shares import SamplingShares, class_shares
from seqaug.statistics.counts import ClassCounts, SamplesByClass
from seqaug.utils.validation import positive_number


@dataclass(frozen=True)
class ClassUniform:
    """Draws a class evenly among those present, then a sample that contains it (Zhu et al. 2019).

    Of the positions drawn for classes, each of the K classes present gets 1 / K: rounded up or down in each epoch,
    exact over K epochs. Classes that no sample contains are left out. Samples of a class are drawn without replacement,
    also across epochs: shuffled passes over them continue from epoch to epoch. Samples with only ignored pixels appear
    in the plain part alone.

    Source: Zhu et al., "Improving Semantic Segmentation via Video Propagation and Label Relaxation", CVPR 2019, who use
    half of an epoch.

    Args:
        fraction: share of an epoch's positions that is drawn for classes, above 0 and up to 1, rounded to whole
            positions; the rest are plain shuffled passes over all samples.

    Raises:
        TypeError, ValueError: `fraction` is not a number, or out of range.
    """

    fraction: float = 1.0

    def __post_init__(self) -> None:
        positive_number("fraction", self.fraction, 1)

    def shares(self, counts: ClassCounts, length: int) -> SamplingShares:
        """Return how often samples and classes are drawn, in epochs of `length` positions."""
        present = counts.samples_per_class() > 0
        return class_shares(counts, present / present.sum() * (round(length * self.fraction) / length))

    def make_sampler(self, counts: ClassCounts, *, length: int, seed: int, shuffle: bool) -> ClassBalancedSampler:
        """Create the sampler of epochs of `length` positions; at least one sample must contain a class."""
        return ClassBalancedSampler(
            SamplesByClass(counts),
            (counts.samples_per_class() > 0).astype(int).tolist(),
            num_samples=len(counts),
            for_classes=round(length * self.fraction),
            length=length,
            seed=seed,
            shuffle=shuffle,
        )
