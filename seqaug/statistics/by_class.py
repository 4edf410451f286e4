"""Which samples contain a class: the counts, the other way round."""

from __future__ import annotations

from typing import Any

import numpy as np

from seqaug.statistics.counts import ClassCounts

# Half the memory of an int64, and enough for 2 thousand million samples.
Samples = np.ndarray[Any, np.dtype[np.int32]]


class SamplesByClass:
    """The samples that contain each class, ascending; 4 bytes for each class in each sample.

    Args:
        counts: pixels of each class in each sample.
        at_least: how many pixels of a class a sample has to have so as to be listed for it, for each class,
            (num_classes,); None: one.
    """

    def __init__(self, counts: ClassCounts, at_least: np.ndarray[Any, Any] | None = None) -> None:
        classes = counts.classes
        samples = np.repeat(np.arange(len(counts), dtype=np.int32), np.diff(counts.starts))
        if at_least is not None:
            enough = counts.pixels >= np.asarray(at_least, np.uint32)[classes]
            classes, samples = classes[enough], samples[enough]
        self._samples: Samples = samples[np.argsort(classes, kind="stable")]
        self._ends = np.cumsum(np.bincount(classes, minlength=counts.num_classes))

    def __getitem__(self, class_id: int) -> Samples:
        """Give the samples that are listed for a class, (n,), int32."""
        return self._samples[self._ends[class_id - 1] if class_id else 0 : self._ends[class_id]]
