"""Images without masks, in files or in memory."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import cv2
import numpy as np

from seqaug.reading.images import read_image
from seqaug.sources.arrays import Arrays
from seqaug.sources.base import CacheKey
from seqaug.sources.cache_keys import FileKeys, Path, listed_paths
from seqaug.sources.string_table import sendable
from seqaug.utils.redaction import shown


class Image(NamedTuple):
    """One image: a path, or an array."""

    image: Any


class ImageFiles:
    """Images in files.

    Args:
        images: their paths or URLs.
        color_mode: how they are read, see `seqaug.reading.images.read_image`.

    Raises:
        TypeError: something in them is no path.
        ImportError, ReadError: URLs cannot be read here, see `listed_paths`.
    """

    has_keys = True

    def __init__(self, images: Iterable[Path], *, color_mode: str) -> None:
        self._images: Sequence[str] = listed_paths(images, "images")
        self._keys = FileKeys(len(self._images))
        self._color_mode = color_mode

    def __getstate__(self) -> dict[str, Any]:
        # Workers of this machine share the paths of all samples, packed; others are sent the few that they need.
        return {**self.__dict__, "_images": sendable(self._images)}

    @property
    def fingerprint(self) -> str:
        """Name the colour mode, and the decoder, whose versions may differ by a grey level."""
        return f"image files {self._color_mode} OpenCV {cv2.__version__}"

    def __len__(self) -> int:
        return len(self._images)

    def __getitem__(self, index: int) -> Image:
        return Image(self._images[index])

    def load(self, index: int) -> Mapping[str, np.ndarray[Any, Any]]:
        """Read the file."""
        return {"image": read_image(self._images[index], self._color_mode)}

    def describe(self, index: int) -> str:
        """Name the file."""
        return f"image {shown(self._images[index])}"

    def cache_key(self, index: int) -> CacheKey | None:
        """Give the file's absolute path, and its size and time, or its state; None where it is not there."""
        return self._keys.of(index, [self._images[index]])


class ImageArrays:
    """Images in memory.

    Args:
        images: (N, H, W, C) or (N, H, W), or a sequence of N arrays (H, W, C) or (H, W) of any sizes.
    """

    has_keys = False

    def __init__(self, images: Arrays) -> None:
        self._images = images

    @property
    def fingerprint(self) -> str:
        """Name arrays."""
        return "image arrays"

    def __len__(self) -> int:
        return len(self._images)

    def __getitem__(self, index: int) -> Image:
        return Image(self._images[index])

    def load(self, index: int) -> Mapping[str, np.ndarray[Any, Any]]:
        """Give a view of the array."""
        return {"image": self._images[index]}

    def describe(self, index: int) -> str:
        """Name the array's row."""
        return f"images[{index}]"

    def cache_key(self, index: int) -> CacheKey | None:
        """Give None: they are decoded, and in memory."""
        return None
