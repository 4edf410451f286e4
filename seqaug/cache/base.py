"""The protocol of stores of decoded samples."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np

from seqaug.sources.base import CacheKey

Arrays = Mapping[str, np.ndarray[Any, Any]]


class Store(Protocol):
    """Decoded samples by index, shared by all workers; safe in any thread and any of the sequence's processes."""

    def get(self, index: int, key: CacheKey) -> dict[str, np.ndarray[Any, Any]] | None:
        """Return a sample as read-only views, or None if there is none with this key; takes no lock."""

    def put(self, index: int, key: CacheKey, sample: Arrays) -> None:
        """Store a sample if there is room; failure is not an error."""

    def write_error(self) -> str | None:
        """Return why samples could not be stored, or None."""

    def clear(self) -> None:
        """Release the memory that is otherwise held until this object is deleted."""
