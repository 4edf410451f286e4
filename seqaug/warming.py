"""Filling the cache ahead of time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from seqaug.draw import Draw
from seqaug.encoding import RawRows
from seqaug.pipeline import Pipeline

Nothing = Mapping[str, Any]


class WarmUp(RawRows):
    """Loads samples, which are then in the cache, and makes rows of nothing.

    Args:
        pipeline: whose samples, and whose cache.
    """

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline
        self.where = pipeline.where

    def sample(self, draw: Draw) -> Nothing:
        """Load a sample.

        Raises:
            SampleError: it cannot be loaded.
        """
        self._pipeline.loaded(draw)
        return {}
