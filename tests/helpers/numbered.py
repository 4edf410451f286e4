"""Samples whose values are their index; worker processes import them from here."""

from __future__ import annotations

from typing import Any

import numpy as np

from seqaug import SegmentationSequence
from seqaug.core.sample_request import SampleRequest


class Numbers(SegmentationSequence):
    """Images whose pixels are their index."""

    def load(self, index: int) -> Any:
        return {"image": np.full((8, 8), index, np.uint8), "mask": np.zeros((8, 8), np.uint8)}


class Numbered:
    """A `SampleProcessor` of rows that are their index, without Keras."""

    describe = staticmethod(str)

    def sample(self, request: SampleRequest) -> dict[str, Any]:
        return {"image": np.full((2, 2), request.index)}

    def layout(self, sample: dict[str, Any]) -> Any:
        return {name: (array.shape, array.dtype) for name, array in sample.items()}

    def write(self, sample: dict[str, Any], row: dict[str, Any]) -> None:
        row["image"][...] = sample["image"]
