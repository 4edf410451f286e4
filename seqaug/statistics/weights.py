"""Weights of classes in a loss, from their counts."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from seqaug.arguments import one_of
from seqaug.statistics.counts import ClassCounts

Weights = np.ndarray[Any, np.dtype[np.float64]]

WEIGHT_METHODS: Final = ("median_frequency", "inverse", "enet", "effective_number")


def compute_class_weights(counts: ClassCounts, method: str, *, beta: float = 0.999) -> Weights:
    """Compute a weight for each class, the higher the rarer it is.

    Ignored pixels count nowhere. A class that no sample contains has weight 0, and is left out of medians and sums.

    Args:
        counts: the pixels of each class in each sample.
        method: one of

            - "median_frequency": median(f) / f_c, where f_c is the pixels of the class over the pixels of the samples
              that contain it (Eigen & Fergus 2015; SegNet, Badrinarayanan et al. 2017).
            - "inverse": 1 / (K p_c), where p_c is the share of pixels and K the number of classes present: 1 for all
              where all have equally many pixels, and 1 on average over pixels.
            - "enet": 1 / ln(1.02 + p_c), from 1.42 for a class that fills everything to 50.5 for the rarest (ENet,
              Paszke et al. 2016).
            - "effective_number": (1 - beta) / (1 - beta^n_c), where n_c counts the samples that contain the class,
              scaled to sum to the number of classes present (Cui et al. 2019).
        beta: of "effective_number", from 0 (all alike) to below 1 (near 1: as 1 / n_c). 1 / (1 - beta) is the number
            of samples beyond which more of them make no difference; 0.999, which the paper trains its large data sets
            with, puts it at 1,000.

    Returns:
        (num_classes,), float64.

    Raises:
        ValueError: the method is unknown, `beta` is out of range, or no sample contains any class.
    """
    one_of("method", method, WEIGHT_METHODS)
    if not 0 <= beta < 1:
        raise ValueError(f"beta={beta!r}; expected 0 to below 1, such as 0.99, 0.999 or 0.9999")
    samples = counts.samples_per_class()
    present = samples > 0
    if not present.any():
        raise ValueError(
            f"class weights need classes, and none is in any of the {len(counts)} masks: every pixel is ignored; check "
            "the palette and ignore_index"
        )
    pixels = counts.pixels_per_class()[present]
    share = pixels / pixels.sum()
    weights = np.zeros(counts.num_classes)
    if method == "median_frequency":
        frequency = pixels / counts.pixels_of_samples_with_class()[present]
        weights[present] = np.median(frequency) / frequency
    elif method == "inverse":
        weights[present] = 1 / (len(share) * share)
    elif method == "enet":
        weights[present] = 1 / np.log(1.02 + share)
    else:
        weights[present] = _effective_number(samples[present], beta)
    return weights


def _effective_number(samples: np.ndarray[Any, Any], beta: float) -> Weights:
    if not beta:
        return np.ones(len(samples))
    # 1 - beta^n, without the digits that the difference would lose near 1; the numerator falls out in the scaling.
    weights = 1 / -np.expm1(samples * np.log(beta))
    scaled: Weights = weights * (len(samples) / weights.sum())
    return scaled
