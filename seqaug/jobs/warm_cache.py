"""Filling the cache before training."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from seqaug.core.sample_request import SampleRequest
from seqaug.pipeline.pipeline import Pipeline
from seqaug.pipeline.raw_rows import RawRows

Nothing = Mapping[str, Any]


class WarmUp(RawRows):
    """Sample processor that loads samples, which caches them, and makes empty rows.

    Args:
        pipeline: loads the samples through its cache.
    """

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline
        self.describe = pipeline.describe

    def sample(self, request: SampleRequest) -> Nothing:
        """Load a sample.

        Raises:
            SampleError, TransformError: it cannot be loaded, or `prepare` failed.
        """
        self._pipeline.loaded(request)
        return {}
