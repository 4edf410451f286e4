"""Class weights, computed from counts or given by the user."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

import numpy as np

from seqaug.statistics.counts import ClassCounts
from seqaug.utils.validation import one_of, positive_number

Weights = np.ndarray[Any, np.dtype[np.float64]]

WeightMethod = Literal["median_frequency", "inverse", "enet", "effective_number"]
WEIGHT_METHODS: Final = get_args(WeightMethod)


@dataclass(frozen=True)
class ClassWeights:
    """Parameters of `class_weights`.

    ```python
    class_weights=ClassWeights("median_frequency", of="drawn", clip=10)
    ```

    Args:
        method: "median_frequency", "inverse", "enet" or "effective_number"; formulas in
            `seqaug.statistics.class_weights.compute_class_weights`.
        of: "masks": of the classes' frequencies in the data; "drawn": of those in the samples that epochs draw, so that
            weights compensate for what `oversample` leaves. `ClassCrop` is not in them.
        clip: the highest weight; None: none.
        beta: parameter of "effective_number", from 0 to below 1.

    Raises:
        ValueError: the method or `of` is unknown, or `clip` is not above 0.
    """

    method: WeightMethod
    of: Literal["masks", "drawn"] = "masks"
    clip: float | None = None
    beta: float = 0.999

    def __post_init__(self) -> None:
        """Check the parameters."""
        one_of("method", self.method, WEIGHT_METHODS)
        one_of("of", self.of, ("masks", "drawn"))
        if self.clip is not None:
            positive_number("clip", self.clip)

    def computed(
        self, counts: ClassCounts, compute: Callable[..., Weights], draw: Callable[[ClassCounts], ClassCounts]
    ) -> Weights:
        """Compute the weights.

        Args:
            counts: of the data.
            compute: computes weights by counts, method and `beta`.
            draw: gives the counts of what epochs draw.

        Returns:
            (num_classes,), float64. A class of the data that the epochs did not draw has the highest weight.
        """
        if self.of == "masks":
            weights = compute(counts, self.method, beta=self.beta)
        else:
            weights = compute(draw(counts), self.method, beta=self.beta)
            weights[(weights == 0) & (counts.samples_per_class() > 0)] = weights.max()
        return weights if self.clip is None else np.minimum(weights, self.clip)


ClassWeightsLike = (
    WeightMethod
    | Literal["uniform"]
    | ClassWeights
    | Sequence[float]
    | Mapping[int | str, float]
    | np.ndarray[Any, Any]
)
_WORDS: tuple[Any, ...] = ("uniform", *WEIGHT_METHODS)


def compute_class_weights(counts: ClassCounts, method: str, *, beta: float = 0.999) -> Weights:
    """Compute a weight per class: the rarer, the higher.

    Ignored pixels do not count. A class that no sample contains has weight 0, and is left out of medians and sums.

    Args:
        counts: pixels of each class in each sample.
        method: one of

            - "median_frequency": median(f) / f_c, where f_c is the pixels of the class over the pixels of the samples
              that contain it (Eigen & Fergus 2015; SegNet, Badrinarayanan et al. 2017).
            - "inverse": 1 / (K p_c), where p_c is the share of pixels and K the number of classes present: 1 for all if
              all have equally many pixels, and 1 on average over pixels.
            - "enet": 1 / ln(1.02 + p_c), from 1.42 for a class that fills everything to 50.5 for the rarest (ENet,
              Paszke et al. 2016).
            - "effective_number": (1 - beta) / (1 - beta^n_c), where n_c counts the samples that contain the class,
              scaled to sum to the number of classes present (Cui et al. 2019).
        beta: parameter of "effective_number", from 0 (all alike) to below 1 (near 1: as 1 / n_c). Beyond 1 / (1 - beta)
            samples, more of them make no difference; 0.999, which the paper uses for its large data sets, puts that at
            1,000.

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
    # 1 - beta^n without cancellation near 1; the numerator cancels in the scaling.
    weights = 1 / -np.expm1(samples * np.log(beta))
    scaled: Weights = weights * (len(samples) / weights.sum())
    return scaled


def checked_weights(class_weights: Any, num_classes: int | None, hint: str) -> Weights:
    """Check class weights and return them as an array.

    Args:
        class_weights: one weight per class, or one number for all of them.
        num_classes: the number of classes; None if unknown, where only one number is allowed.
        hint: the argument that gives the number of classes.

    Returns:
        (num_classes,), or () for one number, float64.

    Raises:
        ValueError: they are not one per class, negative, not finite or all 0.
    """
    weights = np.asarray(class_weights, np.float64)
    if weights.ndim and weights.shape != (num_classes,):
        raise ValueError(
            f"class_weights has the shape {weights.shape}; expected one weight per class, "
            + (f"with {hint}" if num_classes is None else f"({num_classes},)")
        )
    if not (np.isfinite(weights).all() and (weights >= 0).all() and weights.any()):
        raise ValueError(
            f"class_weights={weights.tolist()}; expected finite numbers, 0 or more, and at least one above 0"
        )
    return weights


def resolve_class_weights(
    class_weights: Any,
    compute: Callable[[ClassWeights], Weights],
    num_classes: int | None,
    class_names: Sequence[str] | None,
) -> Any:
    """Turn the argument `class_weights` of a sequence into numbers.

    Args:
        class_weights: None; "uniform"; a method of `compute_class_weights`, or one with parameters; a mapping from
            class ids or names to weights; or one weight per class.
        compute: computes the weights by a method with parameters.
        num_classes: number of classes, or None if unknown.
        class_names: class names in id order, or None.

    Returns:
        None without weights; 1.0 for "uniform", which needs no counts; else one weight per class.

    Raises:
        ValueError: the method is unknown; a key of the mapping is not a class; a class has no weight, or two; or it is
            True or False, which would pass for one weight of all classes.
    """
    if isinstance(class_weights, bool | np.bool_):
        raise ValueError(
            f"class_weights={class_weights!r}; expected None, or one of {', '.join(map(repr, _WORDS))}, or one weight "
            "per class"
        )
    if isinstance(class_weights, str):
        method = one_of("class_weights", class_weights, _WORDS)
        return 1.0 if method == "uniform" else compute(ClassWeights(method))
    if isinstance(class_weights, ClassWeights):
        return compute(class_weights)
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
            fault = "is not a class" if class_id is None else "is a class that already has a weight"
            raise ValueError(f"class_weights has {key!r}, which {fault}; expected each of {known} once")
        weights[class_id] = weight
    missing = [class_id for class_id in range(num_classes) if class_id not in weights]
    if missing:
        listed = ", ".join(str(class_id) if names[class_id] is None else repr(names[class_id]) for class_id in missing)
        raise ValueError(
            f"class_weights has no weight for {listed}; expected one for each of the {num_classes} classes, such as 1"
        )
    return [weights[class_id] for class_id in range(num_classes)]
