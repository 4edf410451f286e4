"""Class counts of what epochs draw, and a warning where two remedies compensate for the same."""

from __future__ import annotations

from typing import Any

import numpy as np

from seqaug.sampling.factory import resolve_strategy
from seqaug.sampling.samplers import EpochSampler
from seqaug.statistics.class_weights import WEIGHT_METHODS, ClassWeights
from seqaug.statistics.counts import ClassCounts

# Positions that are counted, of as many epochs as that takes.
_POSITIONS = 20_000


def drawn_counts(counts: ClassCounts, sampler: EpochSampler) -> ClassCounts:
    """Count the classes of the samples that the first epochs draw, as often as they draw them.

    Args:
        counts: the pixels of each class in each sample.
        sampler: draws the samples.
    """
    first = sampler(0).samples
    epochs = range(1, -(-_POSITIONS // len(first)))
    return counts.take(np.concatenate([first, *(sampler(epoch).samples for epoch in epochs)]))


def double_compensation_warning(class_weights: Any, oversample: Any, crop: str | None) -> str | None:
    """Say that rare classes both weigh more and come more often; None where only one is so, or weights are clipped.

    Args:
        class_weights: the argument of a sequence.
        oversample: the argument of a sequence.
        crop: name of a transform that crops around rare classes, or None.
    """
    if isinstance(class_weights, str) and class_weights in WEIGHT_METHODS:
        weights = ClassWeights(class_weights)  # type: ignore[arg-type]
    elif isinstance(class_weights, ClassWeights):
        weights = class_weights
    else:
        return None
    if weights.clip is not None:
        return None
    is_drawn_more = weights.of == "masks" and oversample is not None and resolve_strategy(oversample) is not None
    others = [*([f"oversample={oversample!r}"] if is_drawn_more else []), *([] if crop is None else [crop])]
    if not others:
        return None
    of = ', of="drawn"' if is_drawn_more else ""
    return (
        f"class_weights={class_weights!r} beside {' and '.join(others)}: rare classes weigh more for their share in "
        "the masks, and come more often as well, so that they are compensated for twice; expected one of them, or "
        f"class_weights=ClassWeights({weights.method!r}{of}, clip=10): "
        + ("weights of what is drawn, and " if of else "")
        + "none above a limit"
    )
