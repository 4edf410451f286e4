"""Samples that have a number and nothing else, for subclasses that load them themselves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from seqaug.sources.base import CacheKey, Sample


class NumberedSamples:
    """As many samples as said, of which only the subclass knows what they are."""

    has_keys = False

    def __init__(self, num_samples: int) -> None:
        self._num_samples = num_samples

    @property
    def fingerprint(self) -> str:
        """Name the method."""
        return "load"

    def __len__(self) -> int:
        return self._num_samples

    def __getitem__(self, index: int) -> Sample:
        range(self._num_samples)[index]  # raises IndexError as the other sources do
        return Sample(None, None)

    def load(self, index: int) -> Mapping[str, np.ndarray[Any, Any]]:
        """Refuse: there is nothing to load from."""
        raise NotImplementedError("there are no paths or arrays to load from; override load(self, index)")

    def load_mask(self, index: int) -> np.ndarray[Any, Any]:
        """Refuse, as `load`."""
        return self.load(index)["mask"]

    def describe(self, index: int) -> str:
        """Say how it was loaded."""
        return f"from load({index})"

    def cache_key(self, index: int) -> CacheKey | None:
        """Give None: nothing is known of them."""
        return None
