"""Pairs of files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import cv2
import numpy as np

from seqaug.reading.images import read_image
from seqaug.reading.masks import read_mask, read_mask_colors
from seqaug.sources.base import CacheKey, Sample
from seqaug.sources.cache_keys import FileKeys, Path, listed_paths
from seqaug.sources.discovery.pair_warnings import PairedPaths, doubts_about_folders, doubts_about_order
from seqaug.sources.string_table import sendable
from seqaug.utils.redaction import shown


class FilePairs:
    """Images and masks in files, paired by their place in two lists.

    Args:
        images: paths or URLs of the images.
        masks: paths or URLs of the masks, as many.
        color_mode: how images are read, see `seqaug.reading.images.read_image`.
        colored_masks: whether mask pixels are palette colours, or class ids.

    Raises:
        ValueError: the lists are not equally long, or are the same.
        TypeError: something in them is no path.
        ImportError, ReadError: URLs cannot be read here, see `listed_paths`.
    """

    has_keys = True

    def __init__(self, images: Iterable[Path], masks: Iterable[Path], *, color_mode: str, colored_masks: bool) -> None:
        self._are_paired = isinstance(images, PairedPaths)
        self._images: Sequence[str] = listed_paths(images, "images")
        self._masks: Sequence[str] = listed_paths(masks, "masks")
        if len(self._images) != len(self._masks):
            raise ValueError(
                f"{len(self._images)} images and {len(self._masks)} masks; expected one mask for each image, in the "
                "same order; SegmentationSequence.from_directory pairs files by name and reports what is left over"
            )
        if self._images and self._images == self._masks:
            raise ValueError(
                f"images and masks are the same files, such as {shown(self._images[0])}; expected the images, and for "
                "each of them its mask"
            )
        self._keys = FileKeys(len(self._images))
        self._color_mode = color_mode
        self._read_mask = read_mask_colors if colored_masks else read_mask

    def __getstate__(self) -> dict[str, Any]:
        # Workers of this machine share the paths of all samples, packed; others are sent the few that they need.
        return {**self.__dict__, "_images": sendable(self._images), "_masks": sendable(self._masks)}

    @property
    def fingerprint(self) -> str:
        """Name the colour mode, the kind of mask, and the decoder, whose versions may differ by a grey level."""
        return f"files {self._color_mode} {self._read_mask.__name__} OpenCV {cv2.__version__}"

    def doubts(self) -> Iterator[str]:
        """Say why the paths look as if images and masks were swapped or paired wrongly."""
        if self._images:
            yield from doubts_about_folders(self._images[0], self._masks[0])
            if not self._are_paired:
                yield from doubts_about_order(self._images, self._masks)

    def __len__(self) -> int:
        return len(self._images)

    def __getitem__(self, index: int) -> Sample:
        return Sample(self._images[index], self._masks[index])

    def load(self, index: int) -> Mapping[str, np.ndarray[Any, Any]]:
        """Read both files."""
        return {"image": self.load_image(index), "mask": self.load_mask(index)}

    def load_image(self, index: int) -> np.ndarray[Any, Any]:
        """Read the image's file."""
        return read_image(self._images[index], self._color_mode)

    def load_mask(self, index: int) -> np.ndarray[Any, Any]:
        """Read the mask's file."""
        return self._read_mask(self._masks[index])

    def describe(self, index: int) -> str:
        """Name both files."""
        return f"image {shown(self._images[index])}, mask {shown(self._masks[index])}"

    def cache_key(self, index: int) -> CacheKey | None:
        """Give both files' absolute paths, and their sizes and times, or states; None where one is not there."""
        return self._keys.of(index, [self._images[index], self._masks[index]])
