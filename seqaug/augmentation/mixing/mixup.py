"""`MixUp`: the average of two images and of their labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import cv2
import numpy as np

from seqaug.augmentation.albumentations import geometric
from seqaug.augmentation.mixing.base import MixingTransform
from seqaug.utils.validation import positive_number

Array = np.ndarray[Any, Any]


class MixUp(MixingTransform):
    """Average the image with another one, and its label with the other label.

    With w drawn from Beta(alpha, alpha), the image becomes w times itself plus 1 - w times the other one (Zhang et al.,
    "mixup: Beyond Empirical Risk Minimization", ICLR 2018). The other image is scaled to its size, bilinearly.

    It is for a `ClassificationSequence` with `label_mode="categorical"`: ids of classes have no average. For masks, use
    `CutMix` or `ClassMix`.

    Args:
        alpha: parameter of the distribution, above 0; small values leave one of the two images nearly alone.
        p: probability that a sample is mixed.

    Targets:
        image

    Image types:
        any; integers are rounded

    Raises:
        TypeError, ValueError: `alpha` is not a number above 0. When called with a mask: ids have no average.
    """

    label_mixing = "weights"

    def __init__(self, *, alpha: float = 0.2, p: float = 0.5) -> None:
        super().__init__(p=p)
        self.alpha = float(positive_number("alpha", alpha))

    def get_params_dependent_on_data(self, params: dict[str, Any], data: dict[str, Any]) -> dict[str, Any]:
        """Draw the weight.

        Args:
            params: not used.
            data: the sample, which has no mask.

        Returns:
            "weight" of the sample's own image.
        """
        if data.get("mask") is not None:
            raise ValueError(no_average(type(self).__name__))
        return {"weight": self.py_random.betavariate(self.alpha, self.alpha)}

    def label_shares(self, params: Mapping[str, Any]) -> Sequence[float]:
        """Return the weight of the other image."""
        return [1 - params["weight"]]

    def apply(self, img: Array, partners: Sequence[Array] = (), *, weight: float, **params: Any) -> Array:
        """Average two images."""
        other = geometric.functional.resize(partners[0], img.shape[:2], cv2.INTER_LINEAR)
        mixed = img.astype(np.float32) * np.float32(weight) + other.astype(np.float32) * np.float32(1 - weight)
        if img.dtype.kind in "iu":
            np.rint(mixed, out=mixed)
        averaged: Array = mixed.astype(img.dtype)
        return averaged

    def apply_to_mask(self, mask: Array, **params: Any) -> Array:
        """Return the mask as it is: it is not of classes, which `get_params_dependent_on_data` has refused."""
        return mask


def no_average(name: str) -> str:
    """Say why masks cannot be averaged."""
    return (
        f"{name} averages images, and ids of classes in masks have no average; expected CutMix, ClassMix or CopyPaste; "
        f'{name} is for a ClassificationSequence with label_mode="categorical"'
    )
