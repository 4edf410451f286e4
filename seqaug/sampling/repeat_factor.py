"""Repeat factor sampling."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from seqaug.arguments import positive_number
from seqaug.sampling.repeated_order import RepeatedOrder
from seqaug.sampling.shares import SamplingShares
from seqaug.statistics import ClassCounts


@dataclass(frozen=True)
class RepeatFactor:
    """Samples with rare classes are repeated (Gupta et al. 2019, LVIS).

    With f_c the share of samples that contain class c, a sample i is repeated

        r_i = max over its classes c of max(1, sqrt(t / f_c))

    times: always the whole part of it, and once more in as many passes as the fractional part says. A sample with only
    ignored pixels has r_i = 1.

    A pass has as many positions as all r_i together (rounded), so more than there are samples, and is shuffled as a
    whole. Epochs are as long as asked for, by default one position per sample, and go through the passes one after
    another: an epoch of n positions is n / sum(r_i) of a pass, so that some samples may wait for the next epoch.
    `samples_per_epoch` set to that sum makes an epoch a pass.

    Source: Gupta, Dollar, Girshick, "LVIS: A Dataset for Large Vocabulary Instance Segmentation", CVPR 2019.

    Args:
        t: the share of samples below which a class is rare, above 0 and up to 1; None: the median of the shares of the
            classes present, so that half of the classes are repeated. (The paper's 0.001, meant for 1,230 classes, does
            nothing where every class is in more than one sample of a thousand.)

    Raises:
        TypeError, ValueError: `t` is no number, or out of range.
    """

    t: float | None = None

    def __post_init__(self) -> None:
        if self.t is not None:
            positive_number("t", self.t, 1)

    def factors(self, counts: ClassCounts) -> np.ndarray[Any, np.dtype[np.float64]]:
        """Give r_i, (num_samples,), float64, 1 or more."""
        samples = counts.samples_per_class()
        t = np.median(samples[samples > 0] / len(counts)) if self.t is None else self.t
        # The rarest of its classes decides over a sample.
        has_any = np.diff(counts.starts) > 0
        rarest = np.full(len(counts), len(counts), np.int64)
        rarest[has_any] = np.minimum.reduceat(samples.astype(np.int32)[counts.classes], counts.starts[:-1][has_any])
        return np.asarray(np.maximum(np.sqrt(t / (rarest / len(counts))), 1))

    def shares(self, counts: ClassCounts, length: int) -> SamplingShares:
        """Say how often samples come, in epochs of any `length`."""
        factors = self.factors(counts)
        return SamplingShares(factors / factors.sum())

    def order(self, counts: ClassCounts, *, length: int, seed: int, shuffle: bool) -> RepeatedOrder:
        """Make the order of epochs of `length` positions; at least one sample has to contain a class."""
        return RepeatedOrder(self.factors(counts), length, seed, shuffle)
