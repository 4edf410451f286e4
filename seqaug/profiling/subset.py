"""Some of the samples of any data source."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from seqaug.sources.base import CacheKey, DataSource
from seqaug.sources.files import FilePairs
from seqaug.sources.tiled import TiledSource

Array = np.ndarray[Any, Any]


class ChosenSamples:
    """Some of the samples of a data source.

    Args:
        source: all of them.
        indices: which.
    """

    def __init__(self, source: Any, indices: Sequence[int]) -> None:
        self._source = source
        self._indices = list(indices)
        self.has_cache_keys: bool = source.has_cache_keys

    @property
    def fingerprint(self) -> str:
        """How samples are read."""
        text: str = self._source.fingerprint
        return text

    def __len__(self) -> int:
        return len(self._indices)

    def __getitem__(self, index: int) -> Any:
        return self._source[self._indices[index]]

    def load(self, index: int) -> Mapping[str, Array]:
        """Load a sample."""
        sample: Mapping[str, Array] = self._source.load(self._indices[index])
        return sample

    def load_mask(self, index: int) -> Array:
        """Load the mask of a sample."""
        mask: Array = self._source.load_mask(self._indices[index])
        return mask

    def describe(self, index: int) -> str:
        """Name a sample."""
        text: str = self._source.describe(self._indices[index])
        return text

    def cache_key(self, index: int) -> CacheKey | None:
        """Return the identity of a sample; its index where the source has none, for a cache in this process."""
        number = self._indices[index]
        key: CacheKey | None = self._source.cache_key(number)
        return CacheKey(str(number), "") if key is None else key


def chosen_samples(source: DataSource, indices: Sequence[int]) -> DataSource:
    """Return the source of some samples."""
    if isinstance(source, FilePairs):  # workers then get the paths of these alone
        return source.subset(indices)
    return source.subset(np.asarray(indices)) if isinstance(source, TiledSource) else ChosenSamples(source, indices)
