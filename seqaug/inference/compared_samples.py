"""The samples of a sequence at the size of their files: a predictor's classes beside the masks."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator
from typing import Any

import numpy as np

from seqaug.errors import SampleError
from seqaug.inference.evaluation import ComparedImage
from seqaug.inference.predictor import ClassBand, TiledPredictor
from seqaug.inference.stitching import ArrayRows, Rows
from seqaug.reading.georeference import check_aligned
from seqaug.reading.nodata import plain_or_masked
from seqaug.sequence.each_sample import batches_of_each_sample
from seqaug.sequence.segmentation import SegmentationSequence
from seqaug.sources.headers import georeferences
from seqaug.sources.sizes import check_sizes, stored_sizes
from seqaug.utils.redaction import shown

Array = np.ndarray[Any, Any]

# Images of more are read, predicted and compared a few rows at a time, where their files can be read so.
_WHOLE_PIXELS = 2**24


def compared_samples(predictor: TiledPredictor, sequence: SegmentationSequence) -> Iterator[ComparedImage]:
    """Predict every sample once, in order; the rows of each must be used before the next is asked for.

    Raises:
        SampleError: a sample cannot be used.
        ValueError: as for `TiledPredictor.predict`.
    """
    large = _large_samples(sequence) if predictor._predicts_rows else {}
    waiting: deque[tuple[str, Rows]] = deque()

    def images() -> Iterator[tuple[str, Rows]]:
        batches = batches_of_each_sample(sequence, as_loaded=True, leaving_out=large)
        image: Rows
        mask: Rows
        for index in range(len(sequence.samples)):
            if index in large:
                image, mask = (_StoredRows(sequence, index, name, large[index]) for name in ("image", "mask"))
            else:
                batch = next(batches)
                # Copied: the memory of batches is reused, and these wait for the model.
                image, mask = (ArrayRows(np.array(batch[name][0])) for name in ("image", "mask"))
            name = name_of(sequence, index)
            waiting.append((name, mask))
            yield name, image

    bands = predictor._class_bands(images())
    for first in bands:
        name, mask = waiting.popleft()
        yield ComparedImage(name, (mask.height, mask.width), _rows(mask, first, bands))


def name_of(sequence: SegmentationSequence, index: int) -> str:
    """Name a sample by its file, or its index."""
    image = sequence.samples[index].image
    return shown(image) if isinstance(image, str | os.PathLike) else str(index)


def _rows(mask: Rows, band: ClassBand, following: Iterator[ClassBand]) -> Iterator[tuple[Array, Array]]:
    """Read the mask beside the bands of its image, of which one is already there."""
    while True:
        yield mask.read(band.top, band.top + len(band.ids)), band.ids
        if band.is_last:
            return
        band = next(following)


def _large_samples(sequence: SegmentationSequence) -> dict[int, tuple[int, int]]:
    """Return the indices, heights and widths of samples that are read a few rows at a time."""
    samples: Any = sequence.samples
    if type(sequence).load is not SegmentationSequence.load or not hasattr(samples, "decodes_whole"):
        return {}
    large = {}
    for index in range(len(samples)):
        if samples.decodes_whole(index):
            continue
        try:
            sizes = stored_sizes(samples, index)
            height, width = sizes["image"]
            if height * width <= _WHOLE_PIXELS:
                continue
            if len(samples.load_window(index, (0, 0, 1, width), ("image", "mask"))) == 2:
                check_sizes(sizes)
                check_aligned(*georeferences(samples, index), sizes["image"])
                large[index] = height, width
        except Exception as error:
            raise SampleError.of(index, samples.describe(index), error) from error
    return large


class _StoredRows:
    """The rows of a sample's image or mask in its file, as they are loaded: masks as class ids."""

    def __init__(self, sequence: SegmentationSequence, index: int, name: str, size: tuple[int, int]) -> None:
        self._samples: Any = sequence.samples
        self._labels = sequence._labels
        self._index = index
        self._name = name
        self.height, self.width = size

    def read(self, start: int, stop: int) -> Array:
        try:
            found = self._samples.load_window(self._index, (start, 0, stop, self.width), (self._name,))
            rows: Array = found[self._name]
            return self._labels.encode(plain_or_masked(rows)) if self._name == "mask" else rows
        except Exception as error:
            raise SampleError.of(self._index, self._samples.describe(self._index), error) from error
