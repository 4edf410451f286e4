"""Transforms of a user's own that mix samples."""

from __future__ import annotations

from typing import Any

import numpy as np

from seqaug.augmentation.mixing.base import MixingTransform


class TopRows(MixingTransform):
    """Takes the upper half of each target from the partner, as far as that goes."""

    def _mixed(self, own: np.ndarray, other: np.ndarray) -> np.ndarray:
        rows, columns = min(own.shape[0] // 2, other.shape[0]), min(own.shape[1], other.shape[1])
        mixed = own.copy()
        mixed[:rows, :columns] = other[:rows, :columns]
        return mixed

    def apply(self, img: np.ndarray, partners: Any = (), **_: Any) -> np.ndarray:
        return self._mixed(img, partners[-1])

    def apply_to_mask(self, mask: np.ndarray, partners: Any = (), **_: Any) -> np.ndarray:
        return self._mixed(mask, partners[-1])


class TwoPartners(TopRows):
    """Needs two, under another key, and uses the second."""

    num_partners = 2
    partners_key = "both"


class OfClass(TopRows):
    """Needs a sample that contains a class."""

    def __init__(self, classes: Any = None, p: float = 0.5) -> None:
        super().__init__(p=p)
        self.partner_classes = classes
