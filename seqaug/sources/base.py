"""What a source of samples is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

import numpy as np


class Sample(NamedTuple):
    """One image and its mask: two paths, or two arrays."""

    image: Any
    mask: Any


class CacheKey(NamedTuple):
    """What a sample is, and in which state: equal keys stand for equal content.

    Attributes:
        name: what it is, such as its paths.
        state: what changes when its content does, such as sizes and times of its files.
    """

    name: str
    state: str


class DataSource(Protocol):
    """Samples that can be counted, named and loaded, from any thread."""

    has_keys: bool
    """Whether `cache_key` gives any."""

    @property
    def fingerprint(self) -> str:
        """How they are read: what is kept of them elsewhere is of use only to those who read them the same way."""

    def __len__(self) -> int:
        """Count the samples."""

    def __getitem__(self, index: int) -> Any:
        """Give the sample itself, with its attribute `image`, without reading anything."""

    def load(self, index: int) -> Mapping[str, np.ndarray[Any, Any]]:
        """Load "image", (H, W, C); and of pairs "mask", (H, W) ids or (H, W, 3) palette colours."""

    def describe(self, index: int) -> str:
        """Name the sample in a message."""

    def cache_key(self, index: int) -> CacheKey | None:
        """Say what the sample is, for a cache; None where it is not worth one, or not to be had."""


class ImageMaskSource(DataSource, Protocol):
    """Image/mask pairs."""

    def load_mask(self, index: int) -> np.ndarray[Any, Any]:
        """Load the mask alone."""
