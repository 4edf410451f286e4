"""Weights of classes that a user gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from seqaug.arguments import one_of
from seqaug.statistics.weights import WEIGHT_METHODS, Weights


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


def resolve_class_weights(
    class_weights: Any,
    compute: Callable[[str], Weights],
    num_classes: int | None,
    class_names: Sequence[str] | None,
) -> Any:
    """Turn the argument `class_weights` of a sequence into numbers.

    Args:
        class_weights: None; "uniform"; a method of `compute_class_weights`; a mapping from class ids or names to
            weights; or one weight per class.
        compute: computes the weights by a method.
        num_classes: number of classes, or None if unknown.
        class_names: class names in id order, or None.

    Returns:
        None without weights; 1.0 for "uniform", which needs no counts; else one weight per class.

    Raises:
        ValueError: the word is unknown; or a key of the mapping is no class, or a class has no weight, or two.
    """
    if isinstance(class_weights, str):
        method = one_of("class_weights", class_weights, ("uniform", *WEIGHT_METHODS))
        return 1.0 if method == "uniform" else compute(method)
    if isinstance(class_weights, Mapping):
        return _in_id_order(class_weights, num_classes, class_names)
    return class_weights


def _in_id_order(
    class_weights: Mapping[Any, Any], num_classes: int | None, class_names: Sequence[str] | None
) -> list[float]:
    if num_classes is None:
        raise ValueError("class_weights by class needs num_classes= (or a palette) to know the classes")
    names = [None] * num_classes if class_names is None else list(class_names)
    ids = {key: class_id for class_id, name in enumerate(names) for key in (class_id, name)}
    weights: dict[int, float] = {}
    for key, weight in class_weights.items():
        class_id = ids.get(key) if key is not None else None
        if class_id is None or class_id in weights:
            known = f"0 to {num_classes - 1}" + ("" if class_names is None else f", or {', '.join(class_names)}")
            fault = "is no class" if class_id is None else "is a class that has a weight already"
            raise ValueError(f"class_weights has {key!r}, which {fault}; expected each of {known} once")
        weights[class_id] = weight
    missing = [class_id for class_id in range(num_classes) if class_id not in weights]
    if missing:
        listed = ", ".join(str(class_id) if names[class_id] is None else repr(names[class_id]) for class_id in missing)
        raise ValueError(
            f"class_weights has no weight for {listed}; expected one for each of the {num_classes} classes, 1 where it "
            "is to count as it is"
        )
    return [weights[class_id] for class_id in range(num_classes)]
