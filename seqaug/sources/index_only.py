"""Samples known only by their index, for subclasses that override `load`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from seqaug.sources.base import CacheKey, Sample


class IndexOnlySource:
    """A number of samples that only the subclass can load.

    Args:
        num_samples: number of samples.
    """

    has_cache_keys = False

    def __init__(self, num_samples: int) -> None:
        self._num_samples = num_samples

    @property
    def fingerprint(self) -> str:
        """Name the method that reads samples."""
        return "load"

    def __len__(self) -> int:
        return self._num_samples

    def __getitem__(self, index: int) -> Sample:
        range(self._num_samples)[index]  # raises IndexError, as the other sources do
        return Sample(None, None)

    def load(self, index: int) -> Mapping[str, np.ndarray[Any, Any]]:
        """Raise NotImplementedError: there is nothing to load from."""
        raise NotImplementedError("there are no paths or arrays to load from; override load(self, index)")

    def load_mask(self, index: int) -> np.ndarray[Any, Any]:
        """Raise NotImplementedError, as `load` does."""
        return self.load(index)["mask"]

    def describe(self, index: int) -> str:
        """Name the call that loads the sample."""
        return f"from load({index})"

    def cache_key(self, index: int) -> CacheKey | None:
        """Return None: the content is unknown."""
        return None
