"""The range in which images reach the model: a check of the first batch."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import Any

from seqaug.augmentation.augmenter import Augmenter
from seqaug.augmentation.ranges import range_warnings
from seqaug.pipeline.rescale import rescale_warnings, value_range
from seqaug.reading.depth import low_bit_depth_warning
from seqaug.sequence.first_batch import FirstBatch
from seqaug.sources.base import DataSource

_FILES = 8
_FOUR_BITS = 15  # the maximum of 12-bit values in 16-bit files, read as 8 bits


class RangeCheck:
    """Checks the values of images in their files, before and after transforms, and in the batch.

    Args:
        source: the data source.
        augmenter: the transform, or None.
        rescale: the factor of integer images, or None.
        dtype: of images that are floats in the batch.
        color_mode: how image files are read.
        seed: of the sequence.
    """

    def __init__(
        self,
        source: DataSource,
        augmenter: Augmenter | None,
        *,
        rescale: float | None,
        dtype: str,
        color_mode: str,
        seed: int,
    ) -> None:
        self._source = source
        self._augmenter = augmenter
        self._rescale = rescale
        self._dtype = dtype
        self._color_mode = color_mode
        self._seed = seed

    def __call__(self, first: FirstBatch) -> Iterator[str]:
        """Yield warnings on ranges that are probably a mistake."""
        image = first.loaded["image"]
        if image.dtype == "uint8" and self._color_mode != "unchanged" and image.max(initial=0) <= _FOUR_BITS:
            files = [self._source[int(index)].image for index in first.batch["index"][:_FILES]]
            if all(map(_is_path, files)) and (warning := low_bit_depth_warning(files, self._color_mode)):
                yield warning
        of_transforms = []
        if self._augmenter is not None:
            of_transforms = list(
                range_warnings(self._augmenter, first.loaded, seed=self._seed, class_id=first.request.class_id)
            )
        # One of the two is enough: a wrong range after a transform reaches the batch.
        yield from of_transforms or rescale_warnings(
            self._rescale, image, first.augmented["image"], first.batch["image"], dtype=self._dtype
        )


class AdditionalRangeCheck:
    """Checks the values of additional images, in the first batch: measurements do not survive as pictures.

    Args:
        names: the names of the additional images.
        rescale: the factor of integer images, or None.
    """

    def __init__(self, names: Sequence[str], *, rescale: float | None) -> None:
        self._names = names
        self._rescale = rescale

    def __call__(self, first: FirstBatch) -> Iterator[str]:
        """Yield warnings on ranges that are probably a mistake."""
        for name in self._names:
            loaded, augmented = first.loaded[name], first.augmented[name]
            (low, high), (least, most) = value_range(loaded), value_range(augmented)
            if loaded.dtype.kind == "f" and (low < 0 or high > 1) and least >= 0 and most <= 1:
                yield (
                    f"{name!r} holds {low:.4g} to {high:.4g} and a transform for pictures clips it to 0..1; for "
                    f'measurements, expected additional_targets={{{name!r}: "value"}}, which no such transform touches'
                )
                continue
            for warning in rescale_warnings(self._rescale, loaded, augmented, first.batch[name]):
                yield f"{name!r}: {warning}"


def _is_path(image: Any) -> bool:
    return isinstance(image, str | os.PathLike)
