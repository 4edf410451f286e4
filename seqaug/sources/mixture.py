"""Several data sources as one."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Any

import numpy as np

from seqaug.sources.base import CacheKey, DataSource


class MixtureSource:
    """The samples of several sources, one source after another.

    Args:
        sources: the sources.

    Attributes:
        starts: index of the first sample of each, and the number of samples.
    """

    has_cache_keys = False

    def __init__(self, sources: Sequence[DataSource]) -> None:
        self._sources = list(sources)
        self.starts = list(accumulate(map(len, self._sources), initial=0))

    @property
    def fingerprint(self) -> str:
        """How samples are read."""
        return " ".join(source.fingerprint for source in self._sources)

    def part_of(self, index: int) -> tuple[int, int]:
        """Return the number of a sample's source, and the sample's index there.

        Raises:
            IndexError: there is no such sample.
        """
        number = range(len(self))[index]
        part = bisect_right(self.starts, number) - 1
        return part, number - self.starts[part]

    def __len__(self) -> int:
        return self.starts[-1]

    def __getitem__(self, index: int) -> Any:
        """Return the sample."""
        part, local = self.part_of(index)
        return self._sources[part][local]

    def load(self, index: int) -> Mapping[str, np.ndarray[Any, Any]]:
        """Load the sample."""
        part, local = self.part_of(index)
        return self._sources[part].load(local)

    def describe(self, index: int) -> str:
        """Name the sample for messages."""
        part, local = self.part_of(index)
        return self._sources[part].describe(local)

    def cache_key(self, index: int) -> CacheKey | None:
        """Return None: each part has a cache of its own."""
        return None
