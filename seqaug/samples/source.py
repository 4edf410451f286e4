"""What a source of samples is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

import numpy as np


class Sample(NamedTuple):
    """One image and its mask: two paths, or two arrays."""

    image: Any
    mask: Any


class Source(Protocol):
    """Image/mask pairs that can be counted, named and loaded, from any thread."""

    def __len__(self) -> int:
        """Count the samples."""

    def __getitem__(self, index: int) -> Sample:
        """Give the pair itself, without reading anything."""

    def load(self, index: int) -> Mapping[str, np.ndarray[Any, Any]]:
        """Load "image", (H, W, C), and "mask", (H, W) ids or (H, W, 3) palette colours."""

    def load_mask(self, index: int) -> np.ndarray[Any, Any]:
        """Load the mask alone."""

    def where(self, index: int) -> str:
        """Name the sample in a message."""
