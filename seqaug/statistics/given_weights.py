"""Weights of classes that a user gives."""

from __future__ import annotations

from typing import Any

import numpy as np

from seqaug.statistics.weights import Weights


def given_weights(class_weights: Any, num_classes: int | None, cure: str) -> Weights:
    """Give weights of classes as an array, checked.

    Args:
        class_weights: one weight per class, or one number for all of them.
        num_classes: how many classes there are; None where it is not known, and one number is all that can be.
        cure: which argument says how many classes there are.

    Returns:
        (num_classes,), or () for one number, float64.

    Raises:
        ValueError: they are not one per class, negative, not finite or all 0.
    """
    weights = np.asarray(class_weights, np.float64)
    if weights.ndim and weights.shape != (num_classes,):
        raise ValueError(
            f"class_weights has the shape {weights.shape}; expected one weight per class, "
            + (f"with {cure}" if num_classes is None else f"({num_classes},)")
        )
    if not (np.isfinite(weights).all() and (weights >= 0).all() and weights.any()):
        raise ValueError(
            f"class_weights={weights.tolist()}; expected finite numbers, 0 or more, and at least one above 0"
        )
    return weights
