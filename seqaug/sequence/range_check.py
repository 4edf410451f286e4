"""Whether images reach the model in a range that can be meant: a check of the first batch."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

from seqaug.augmentation.augmenter import Augmenter
from seqaug.augmentation.ranges import range_remarks
from seqaug.pipeline.rescale import rescale_remarks
from seqaug.reading.depth import low_bit_depth_warning
from seqaug.sequence.first_batch import FirstBatch
from seqaug.sources.base import DataSource

_FILES = 8
_FOUR_BITS = 15  # what is left of 12 bits in 16 that were read as 8


class RangeCheck:
    """Looks at the values of images on their way: in their files, before and after transforms, and in the batch.

    Args:
        source: the samples.
        augmenter: the transform, or None.
        rescale: the factor of integer images, or None.
        color_mode: how image files are read.
        seed: of the sequence.
    """

    def __init__(
        self, source: DataSource, augmenter: Augmenter | None, *, rescale: float | None, color_mode: str, seed: int
    ) -> None:
        self._source = source
        self._augmenter = augmenter
        self._rescale = rescale
        self._color_mode = color_mode
        self._seed = seed

    def __call__(self, first: FirstBatch) -> Iterator[str]:
        """Say what cannot be meant."""
        image = first.loaded["image"]
        if image.dtype == "uint8" and self._color_mode != "unchanged" and image.max(initial=0) <= _FOUR_BITS:
            files = [self._source[int(index)].image for index in first.batch["index"][:_FILES]]
            if all(map(_is_path, files)) and (warning := low_bit_depth_warning(files, self._color_mode)):
                yield warning
        of_transforms = []
        if self._augmenter is not None:
            of_transforms = list(
                range_remarks(self._augmenter, first.loaded, seed=self._seed, class_id=first.request.class_id)
            )
        # One of the two is cause enough: what a transform does wrong reaches the batch.
        yield from of_transforms or rescale_remarks(
            self._rescale, image, first.augmented["image"], first.batch["image"]
        )


def _is_path(image: Any) -> bool:
    return isinstance(image, str | os.PathLike)
