"""`CutMix`: a box of another sample."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Real
from typing import Any

import numpy as np

from seqaug.augmentation.mixing.base import MixingTransform
from seqaug.augmentation.mixing.overlap import Overlap

Array = np.ndarray[Any, Any]


class CutMix(MixingTransform):
    """Replace a box of the sample by the same box of another sample, with its mask.

    With a the box's share of the image, its height is a^u of the image's, and its width a^(1 - u), u uniform in 0..1
    (French et al., "Semi-supervised semantic segmentation needs strong, varied perturbations", BMVC 2020); its place is
    uniform. Nothing is scaled: of a larger partner, a random part of the sample's size is used; a smaller one lies
    anywhere on the sample, and the box in it.

    In a `ClassificationSequence` with `label_mode="categorical"`, labels mix by area, as it is after all transforms
    (Yun et al., "CutMix: Regularization Strategy to Train Strong Classifiers with Localizable Features", ICCV 2019;
    their boxes have `area=(0, 1)`).

    Args:
        area: the box's share of the image, above 0 and below 1, or a range (low, high) within 0..1, drawn uniformly.
        p: probability that a sample is mixed.

    Targets:
        image, mask

    Image types:
        any

    Raises:
        TypeError, ValueError: `area` is not a share, or not a range of shares.
    """

    label_mixing = "area"

    def __init__(self, *, area: float | tuple[float, float] = 0.5, p: float = 0.5) -> None:
        super().__init__(p=p)
        self.area = _checked_area(area)

    def get_params_dependent_on_data(self, params: dict[str, Any], data: dict[str, Any]) -> dict[str, Any]:
        """Draw the box.

        Args:
            params: "shape" of the image.
            data: has the partner.

        Returns:
            "box", an `Overlap`.
        """
        (partner,) = data[self.partners_key]
        overlap = Overlap.draw(params["shape"], partner["image"].shape, self.py_random)
        low, high = self.area if isinstance(self.area, tuple) else (self.area, self.area)
        area = self.py_random.uniform(low, high)
        power = self.py_random.random()
        height, width = (
            min(max(round(length * area**exponent), 1), length)
            for length, exponent in ((overlap.height, power), (overlap.width, 1 - power))
        )
        y, x = self.py_random.randint(0, overlap.height - height), self.py_random.randint(0, overlap.width - width)
        return {"box": overlap.part(y, x, height, width)}

    def apply(self, img: Array, partners: Sequence[Array] = (), *, box: Overlap, **params: Any) -> Array:
        """Copy the box of the partner's image, or of any array."""
        mixed = img.copy()
        box.of_sample(mixed)[...] = box.of_partner(partners[0])
        return mixed

    def apply_to_mask(self, mask: Array, partners: Sequence[Array] = (), *, box: Overlap, **params: Any) -> Array:
        """Copy the box of the partner's mask."""
        return self.apply(mask, partners, box=box)


def _checked_area(area: Any) -> float | tuple[float, float]:
    is_range = isinstance(area, Sequence) and not isinstance(area, str) and len(area) == 2
    given = list(area) if is_range else [area]
    if not all(isinstance(share, Real) and not isinstance(share, bool) for share in given):
        raise TypeError(f"CutMix(area={area!r}); expected a share of the image, such as 0.5, or a range of two")
    shares = [float(share) for share in given]
    if is_range and 0 <= shares[0] <= shares[1] <= 1:
        return shares[0], shares[1]
    if is_range or not 0 < shares[0] < 1:
        raise ValueError(
            f"CutMix(area={area!r}); expected a share above 0 and below 1, or a range of two such as (0.25, 0.5)"
        )
    return shares[0]
