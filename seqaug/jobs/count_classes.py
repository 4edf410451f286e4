"""Counting the pixels of a sample's classes, as a sample processor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from seqaug.core.sample_request import SampleRequest
from seqaug.errors import SampleError
from seqaug.palette.label_spec import LabelSpec
from seqaug.pipeline.pipeline import Pipeline
from seqaug.pipeline.raw_rows import RawRows
from seqaug.reading.nodata import plain_or_masked

Array = np.ndarray[Any, Any]


class ClassCounter(RawRows):
    """Sample processor that counts the pixels of each class; safe to call from any thread.

    Args:
        load_mask: returns a sample's mask by its index.
        describe: names a sample in messages.
        labels: the classes.

    Raises:
        ValueError: the number of classes is unknown.
    """

    def __init__(self, *, load_mask: Callable[[int], Array], describe: Callable[[int], str], labels: LabelSpec) -> None:
        if labels.num_classes is None:
            raise ValueError("counting the pixels of classes needs num_classes= (or a palette) to know the classes")
        self._load_mask = load_mask
        self.describe = describe
        self._labels = labels

    def sample(self, request: SampleRequest) -> dict[str, Array]:
        """Count the pixels in a sample's mask, before augmentation.

        Returns:
            "pixels": counts of each class and, last, of ignored pixels, (num_classes + 1,), uint32.

        Raises:
            SampleError: the mask cannot be loaded, or is invalid.
        """
        try:
            return {"pixels": self._labels.count(self._labels.encode(plain_or_masked(self._load_mask(request.index))))}
        except Exception as error:
            raise SampleError.of(request.index, self.describe(request.index), error) from error


class PreparedClassCounter(RawRows):
    """Sample processor that counts the pixels of each class in prepared masks; safe to call from any thread.

    Args:
        pipeline: loads and prepares samples, through its cache if it has one.
        labels: the classes, whose number is known.
    """

    def __init__(self, pipeline: Pipeline, labels: LabelSpec) -> None:
        self._pipeline = pipeline
        self.describe = pipeline.describe
        self._labels = labels

    def sample(self, request: SampleRequest) -> dict[str, Array]:
        """Count the pixels in a sample's mask, before augmentation; returns as `ClassCounter.sample`.

        Raises:
            SampleError, TransformError: the sample cannot be loaded, or `prepare` failed.
        """
        return {"pixels": self._labels.count(self._labels.mask_of(self._pipeline.loaded(request)))}
