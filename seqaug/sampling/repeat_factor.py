"""Repeat factor sampling: samples with rare classes are repeated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from seqaug.core.rng import order_generator
from seqaug.sampling.epoch_stream import Indices, slice_stream
from seqaug.sampling.samplers import EpochIndices
from seqaug.sampling.sampling_shares import SamplingShares
from seqaug.sampling.weighted import systematic_resample
from seqaug.statistics.counts import ClassCounts
from seqaug.utils.validation import positive_number

# A factor this close to an integer is rounded to it.
_ROUNDING = 1e-6


class RepeatFactorSampler:
    """Shuffled passes in which each sample is repeated by its factor.

    A sample of factor r is drawn floor(r) times in every pass, and once more in a fractional part of them, chosen by
    systematic resampling. So that all passes have the same length, the fractional parts are adjusted to sum to the
    nearest integer: if it is below their sum, all are scaled down; if above, their distances to 1 are.

    Args:
        factors: shape (num_samples,), finite, 1 or more.
        length: the number of positions in an epoch.
        seed: the seed of the draws.
        shuffle: whether to shuffle the drawn samples; else they are in their own order.
    """

    def __init__(self, factors: np.ndarray[Any, Any], length: int, seed: int, shuffle: bool) -> None:
        nearest = np.rint(factors)
        factors = np.where(np.abs(factors - nearest) < _ROUNDING, nearest, factors)
        whole = np.floor(factors).astype(np.int64)
        probabilities = _with_integer_sum(factors - whole)
        certain = probabilities == 1
        self._repeats = whole + certain
        self._candidates = np.flatnonzero((probabilities > 0) & ~certain)
        probabilities = probabilities[self._candidates]
        self._extras = round(probabilities.sum())
        self._shares = probabilities / max(self._extras, 1)
        self._pass_length = int(self._repeats.sum()) + self._extras
        self._length = length
        self._seed = seed
        self._shuffle = shuffle

    def __call__(self, epoch: int) -> EpochIndices:
        """Give the samples of an epoch."""
        samples = slice_stream(epoch * self._length, self._length, self._pass_length, self._pass)
        return EpochIndices(samples if self._shuffle else np.sort(samples), None)

    def _pass(self, pass_index: int) -> Indices:
        generator = order_generator(self._seed, pass_index)
        repeats = self._repeats
        if self._extras:
            repeats = repeats.copy()
            repeats[self._candidates[systematic_resample(self._shares, self._extras, generator)]] += 1
        return generator.permutation(np.repeat(np.arange(len(repeats)), repeats))


def _with_integer_sum(parts: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Scale numbers from 0 to below 1 so that they sum to the nearest integer; 0 stays 0, and none exceeds 1."""
    total, count = parts.sum(), np.count_nonzero(parts)
    whole = round(total)
    if whole > total:
        return np.where(parts > 0, 1 - (1 - parts) * ((count - whole) / (count - total)), 0)
    return parts * (whole / total) if total else parts


@dataclass(frozen=True)
class RepeatFactor:
    """Repeats samples with rare classes (Gupta et al. 2019, LVIS).

    With f_c the share of samples that contain class c, sample i is repeated

        r_i = max over its classes c of max(1, sqrt(t / f_c))

    times per pass: the integer part always, and once more in a fractional part of the passes. Samples with only ignored
    pixels have r_i = 1.

    A pass has sum(r_i) positions (rounded), more than there are samples, and is shuffled as a whole. Epochs have the
    length asked for, by default one position per sample, and run through the passes one after another: an epoch of n
    positions is n / sum(r_i) of a pass, so that some samples may wait for the next epoch. Set `samples_per_epoch` to
    that sum to make an epoch a pass.

    Source: Gupta, Dollar, Girshick, "LVIS: A Dataset for Large Vocabulary Instance Segmentation", CVPR 2019.

    Args:
        t: share of samples below which a class is rare, above 0 and up to 1. None: the median share of the classes
            present, so that half of the classes are repeated. (The paper's 0.001, meant for 1,230 classes, has no
            effect where every class is in more than one sample of a thousand.)

    Raises:
        TypeError, ValueError: `t` is not a number, or out of range.
    """

    t: float | None = None

    def __post_init__(self) -> None:
        if self.t is not None:
            positive_number("t", self.t, 1)

    def factors(self, counts: ClassCounts) -> np.ndarray[Any, np.dtype[np.float64]]:
        """Return r_i, (num_samples,), float64, 1 or more."""
        samples = counts.samples_per_class()
        t = np.median(samples[samples > 0] / len(counts)) if self.t is None else self.t
        # A sample's rarest class determines its factor.
        has_any = np.diff(counts.indptr) > 0
        rarest = np.full(len(counts), len(counts), np.int64)
        rarest[has_any] = np.minimum.reduceat(samples.astype(np.int32)[counts.indices], counts.indptr[:-1][has_any])
        return np.asarray(np.maximum(np.sqrt(t / (rarest / len(counts))), 1))

    def shares(self, counts: ClassCounts, length: int) -> SamplingShares:
        """Return how often samples are drawn, in epochs of any `length`."""
        factors = self.factors(counts)
        return SamplingShares(factors / factors.sum())

    def make_sampler(self, counts: ClassCounts, *, length: int, seed: int, shuffle: bool) -> RepeatFactorSampler:
        """Create the sampler of epochs of `length` positions; at least one sample must contain a class."""
        return RepeatFactorSampler(self.factors(counts), length, seed, shuffle)
