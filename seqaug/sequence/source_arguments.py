"""The data source that the arguments `images`, `masks` and `num_samples` describe."""

from __future__ import annotations

from typing import Any

from seqaug.core.user_warnings import warn_user
from seqaug.sources.arrays import ArrayPairs, ImageArrays, are_arrays
from seqaug.sources.base import DataSource
from seqaug.sources.files import FilePairs, ImageFiles
from seqaug.sources.index_only import IndexOnlySource
from seqaug.utils.validation import whole_number


def source_of_images(
    images: Any,
    num_samples: int | None,
    *,
    loads_itself: bool,
    color_mode: str,
    missing: str = "no images; expected a sequence of paths, an array",
) -> DataSource:
    """Create the source of images alone, or of what a subclass loads itself.

    Args:
        images: paths or arrays; None where a subclass loads the samples.
        num_samples: number of samples where there are no images; else None.
        loads_itself: whether a subclass overrides `load`.
        color_mode: how files are read.
        missing: the message where there is nothing to load, without its end.

    Raises:
        ValueError: there are no samples, or the arguments contradict each other.
    """
    if images is None:
        if not loads_itself or num_samples is None:
            raise ValueError(f"{missing}, or a subclass that overrides load(self, index) and says num_samples=")
        return IndexOnlySource(whole_number("num_samples", num_samples, 1))
    if num_samples is not None:
        raise ValueError(
            f"num_samples={num_samples} beside images, which give the number of samples; expected one of them"
        )
    source: DataSource
    source = ImageArrays(images) if are_arrays(images) else ImageFiles(images, color_mode=color_mode)
    if not len(source):
        raise ValueError("no samples: images is empty; expected at least one")
    return source


def source_of_pairs(
    images: Any, masks: Any, num_samples: int | None, *, color_mode: str, colored_masks: bool
) -> DataSource:
    """Create the source of images and masks.

    Args:
        images: paths or arrays.
        masks: as many paths or arrays.
        num_samples: None.
        color_mode: how image files are read.
        colored_masks: whether mask files hold colours.

    Raises:
        TypeError: paths on one side and arrays on the other.
        ValueError: there are no samples, or the arguments contradict each other.
    """
    if images is None:
        raise ValueError("images is missing; expected both images and masks, or images alone to predict on")
    if num_samples is not None:
        raise ValueError(
            f"num_samples={num_samples} beside images and masks, which give the number of samples; expected either"
        )
    if are_arrays(images) != are_arrays(masks):
        raise TypeError("images and masks are paths on one side and arrays on the other; expected the same for both")
    source: DataSource
    if are_arrays(images):
        source = ArrayPairs(images, masks)
    else:
        source = FilePairs(images, masks, color_mode=color_mode, colored_masks=colored_masks)
        for warning in source.pairing_warnings():
            warn_user(warning)
    if not len(source):
        raise ValueError("no samples: images and masks are empty; expected at least one pair")
    return source
