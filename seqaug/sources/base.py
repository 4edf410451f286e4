"""Data sources: their protocol, samples and cache keys."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple, Protocol

import numpy as np

from seqaug.reading.windows import Bounds


class Sample(NamedTuple):
    """An image and its mask: two paths, or two arrays."""

    image: Any
    mask: Any


class ImageSample(NamedTuple):
    """An image without a mask: a path, or an array."""

    image: Any


class ExtendedSample(NamedTuple):
    """An image, its mask (None without masks), and its further arrays by name: paths, or arrays."""

    image: Any
    mask: Any
    additional: Mapping[str, Any]


class CacheKey(NamedTuple):
    """Identity and state of a sample; equal keys mean equal content.

    Attributes:
        name: identifies the sample, such as its paths.
        state: changes when the content does, such as sizes and modification times of its files.
    """

    name: str
    state: str


class DataSource(Protocol):
    """Samples that are counted, described and loaded by index, from any thread."""

    has_cache_keys: bool
    """Whether `cache_key` may return a key."""

    @property
    def fingerprint(self) -> str:
        """How samples are read: cached samples are valid only for the same fingerprint."""

    def __len__(self) -> int:
        """Count the samples."""

    def __getitem__(self, index: int) -> Any:
        """Return the sample, with its attribute `image`, without reading anything."""

    def load(self, index: int) -> Mapping[str, np.ndarray[Any, Any]]:
        """Load "image", (H, W, C); for pairs also "mask", (H, W) ids or (H, W, 3) palette colours."""

    def describe(self, index: int) -> str:
        """Name the sample for messages."""

    def cache_key(self, index: int) -> CacheKey | None:
        """Return the sample's key, or None if it has none or is not worth caching."""


class WindowedSource(DataSource, Protocol):
    """Samples of which windows can be loaded: what tiles are cut from."""

    @property
    def names(self) -> tuple[str, ...]:
        """The names of a sample's arrays."""

    def load_window(self, index: int, bounds: Bounds, names: Collection[str]) -> dict[str, np.ndarray[Any, Any]]:
        """Load what the named arrays have in a window, as copies, without those that can only be loaded whole."""

    def load_whole(self, index: int, names: Collection[str]) -> dict[str, np.ndarray[Any, Any]]:
        """Load the named arrays whole."""

    def decodes_whole(self, index: int) -> bool:
        """Whether an array must be decoded whole for a window, by its kind alone, not by what is installed."""


class ImageMaskSource(DataSource, Protocol):
    """Image/mask pairs."""

    def load_mask(self, index: int) -> np.ndarray[Any, Any]:
        """Load only the mask."""
