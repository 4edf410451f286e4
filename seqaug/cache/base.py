"""What a store of decoded samples is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np

from seqaug.sources.base import CacheKey

Arrays = Mapping[str, np.ndarray[Any, Any]]


class Store(Protocol):
    """Decoded samples by index, shared by all workers; safe from any thread and any of the sequence's processes."""

    def get(self, index: int, key: CacheKey) -> dict[str, np.ndarray[Any, Any]] | None:
        """Give a sample, as read-only views, or None where there is none of this key; takes no lock."""

    def put(self, index: int, key: CacheKey, sample: Arrays) -> None:
        """Keep a sample, where there is room; failure to do so is no error."""

    def trouble(self) -> str | None:
        """Say why samples could not be kept, or None."""

    def clear(self) -> None:
        """Give back the memory that would else be held until this object's end."""
