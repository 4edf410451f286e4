"""Arrays in memory: image/mask pairs, and images alone."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np

from seqaug.reading.windows import Bounds
from seqaug.sources.base import CacheKey, ImageSample, Sample

Arrays = np.ndarray[Any, Any] | Sequence[np.ndarray[Any, Any]]


class ArrayPairs:
    """Images and masks in memory, paired by index.

    Args:
        images: (N, H, W, C) or (N, H, W), or a sequence of N arrays (H, W, C) or (H, W) of any sizes.
        masks: N masks: (N, H, W) or (N, H, W, 1) class ids, or (N, H, W, 3) palette colours, or a sequence of them.

    Raises:
        ValueError: the numbers of images and masks differ.
    """

    has_cache_keys = False

    def __init__(self, images: Arrays, masks: Arrays) -> None:
        if len(images) != len(masks):
            raise ValueError(f"{len(images)} images and {len(masks)} masks; expected one mask for each image")
        self._images = images
        self._masks = masks
        # Of masks by class, what gives the mask of each.
        self.load_planes = getattr(masks, "load_planes", None)

    @property
    def fingerprint(self) -> str:
        """Arrays are used as they are."""
        return "arrays"

    def __len__(self) -> int:
        return len(self._images)

    def __getitem__(self, index: int) -> Sample:
        return Sample(self._images[index], self._masks[index])

    def load(self, index: int) -> Mapping[str, np.ndarray[Any, Any]]:
        """Return views of both arrays."""
        return {"image": self._images[index], "mask": self._masks[index]}

    def load_mask(self, index: int) -> np.ndarray[Any, Any]:
        """Return a view of the mask."""
        return self._masks[index]

    @property
    def names(self) -> tuple[str, ...]:
        """Image and mask."""
        return "image", "mask"

    def load_window(self, index: int, bounds: Bounds, names: Collection[str]) -> dict[str, np.ndarray[Any, Any]]:
        """Copy what both arrays have in a window."""
        found = {"image": cut(self._images[index], bounds)} if "image" in names else {}
        if "mask" in names:
            cut_planes = getattr(self._masks, "window", None)
            found["mask"] = cut(self._masks[index], bounds) if cut_planes is None else cut_planes(index, bounds)
        return found

    def load_whole(self, index: int, names: Collection[str]) -> dict[str, np.ndarray[Any, Any]]:
        """Return views of the named arrays."""
        return {name: array for name, array in self.load(index).items() if name in names}

    def decodes_whole(self, index: int) -> bool:
        """Return False: arrays are decoded."""
        return False

    def describe(self, index: int) -> str:
        """Name both arrays and the index."""
        return f"images[{index}], masks[{index}]"

    def cache_key(self, index: int) -> CacheKey | None:
        """Return None: arrays are decoded, and in memory."""
        return None


class ImageArrays:
    """Images in memory, without masks.

    Args:
        images: (N, H, W, C) or (N, H, W), or a sequence of N arrays (H, W, C) or (H, W) of any sizes.
    """

    has_cache_keys = False

    def __init__(self, images: Arrays) -> None:
        self._images = images

    @property
    def fingerprint(self) -> str:
        """Arrays are used as they are."""
        return "image arrays"

    def __len__(self) -> int:
        return len(self._images)

    def __getitem__(self, index: int) -> ImageSample:
        return ImageSample(self._images[index])

    def load(self, index: int) -> Mapping[str, np.ndarray[Any, Any]]:
        """Return a view of the array."""
        return {"image": self._images[index]}

    @property
    def names(self) -> tuple[str, ...]:
        """The image."""
        return ("image",)

    def load_window(self, index: int, bounds: Bounds, names: Collection[str]) -> dict[str, np.ndarray[Any, Any]]:
        """Copy what the array has in a window."""
        return {"image": cut(self._images[index], bounds)} if "image" in names else {}

    def load_whole(self, index: int, names: Collection[str]) -> dict[str, np.ndarray[Any, Any]]:
        """Return a view of the array."""
        return dict(self.load(index)) if "image" in names else {}

    def decodes_whole(self, index: int) -> bool:
        """Return False: arrays are decoded."""
        return False

    def describe(self, index: int) -> str:
        """Name the array and the index."""
        return f"images[{index}]"

    def cache_key(self, index: int) -> CacheKey | None:
        """Return None: arrays are decoded, and in memory."""
        return None


def cut(pixels: Any, bounds: Bounds) -> np.ndarray[Any, Any]:
    """Copy what an array, (H, W, ...), has in a window."""
    top, left, bottom, right = bounds
    return np.array(pixels[top:bottom, left:right], order="C")


def are_arrays(values: Any) -> bool:
    """Return whether values are pixels: an array of at least 3 dimensions, or a sequence of arrays of at least 2."""
    if isinstance(values, np.ndarray) and values.ndim >= 3:
        return True
    if not isinstance(values, Sequence) or isinstance(values, str) or not len(values):
        return False
    return isinstance(values[0], np.ndarray) and values[0].ndim >= 2
