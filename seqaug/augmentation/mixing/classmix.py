"""`ClassMix`: half of the classes of another sample."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from seqaug.augmentation.class_pixels import class_ids, count_classes
from seqaug.augmentation.mixing.base import MixingTransform
from seqaug.augmentation.mixing.overlap import Overlap, paste

Array = np.ndarray[Any, Any]


class ClassMix(MixingTransform):
    """Paste the pixels of half of another sample's classes, where they are, with their labels.

    Of n classes in the other mask, half are drawn, rounded up (Olsson et al., "ClassMix: Segmentation-Based Data
    Augmentation for Semi-Supervised Learning", WACV 2021). Ignored pixels of the other mask are not pasted. Sizes may
    differ, as for `CutMix`: classes are those of the part that lies over the sample.

    Args:
        ignore_index: label that is not a class. None: that of the sequence; outside of a sequence, every label is a
            class.
        p: probability that a sample is mixed.

    Targets:
        image, mask; the other sample needs a "mask", (H, W), integer.

    Image types:
        any
    """

    needs_mask = True

    def __init__(self, *, ignore_index: int | None = None, p: float = 0.5) -> None:
        super().__init__(p=p)
        self.ignore_index = None if ignore_index is None else int(ignore_index)

    def get_params_dependent_on_data(self, params: dict[str, Any], data: dict[str, Any]) -> dict[str, Any]:
        """Draw the classes.

        Args:
            params: "shape" of the image.
            data: has the partner.

        Returns:
            "overlap", an `Overlap`, and "chosen", which of its pixels are pasted, (height, width) bool.
        """
        (partner,) = data[self.partners_key]
        overlap = Overlap.draw(params["shape"], partner["image"].shape, self.py_random)
        labels = overlap.of_partner(class_ids(partner["mask"]))
        present = list(count_classes(np.ascontiguousarray(labels), self.ignore_index))
        drawn = self.py_random.sample(present, (len(present) + 1) // 2)
        return {"overlap": overlap, "chosen": _is_one_of(labels, drawn)}

    def apply(
        self, img: Array, partners: Sequence[Array] = (), *, overlap: Overlap, chosen: Array, **params: Any
    ) -> Array:
        """Copy the pixels of the partner's image, or of any array."""
        mixed = img.copy()
        paste(overlap.of_sample(mixed), overlap.of_partner(partners[0]), chosen)
        return mixed

    def apply_to_mask(
        self, mask: Array, partners: Sequence[Array] = (), *, overlap: Overlap, chosen: Array, **params: Any
    ) -> Array:
        """Copy the pixels of the partner's mask."""
        return self.apply(mask, partners, overlap=overlap, chosen=chosen)


def _is_one_of(labels: Array, chosen: Sequence[int]) -> Array:
    if labels.dtype not in (np.uint8, np.uint16):
        return np.isin(labels, chosen)
    table = np.zeros(np.iinfo(labels.dtype).max + 1, bool)
    table[list(chosen)] = True
    return table[labels]
