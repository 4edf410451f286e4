"""What a scan of the masks says of the classes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from seqaug.statistics.counts import ClassCounts, Counts
from seqaug.statistics.table import Table
from seqaug.statistics.weights import Weights, class_weights


class ClassStatistics(Table):
    """How much there is of each class; `print` shows it as a table, and so does a notebook.

    Pixels are counted in the masks as they are stored, before any transform. Ignored ones belong to no class.

    Args:
        counts: the pixels of each class in each sample.
        names: the names of the classes in id order; None: "class 0", "class 1", ...

    Attributes:
        counts: the pixels of each class in each sample.
        names: the names of the classes, in id order.
        pixels: pixels of each class, (K,), int64.
        share: share of each class in all pixels that are not ignored, (K,), float64, 0 to 1; sums to 1, or is 0 for
            all where every pixel is ignored.
        images: images that contain each class, (K,), int64.
        num_images: how many images there are.
        ignored_pixels: how many pixels belong to no class.
    """

    def __init__(self, counts: ClassCounts, names: Sequence[str] | None = None) -> None:
        self.counts = counts
        self.names = [f"class {number}" for number in range(counts.num_classes)] if names is None else list(names)
        self.pixels: Counts = counts.pixels_per_class()
        self.share: Weights = self.pixels / max(int(self.pixels.sum()), 1)
        self.images: Counts = counts.samples_per_class()
        self.num_images = len(counts)
        self.ignored_pixels = int(counts.ignored.sum(dtype=np.int64))

    def weights(self, method: str, *, beta: float = 0.999) -> Weights:
        """Compute a weight for each class: see `seqaug.statistics.class_weights`."""
        return class_weights(self.counts, method, beta=beta)

    def __repr__(self) -> str:
        return f"<ClassStatistics of {self.counts.num_classes} classes in {self.num_images} images>"

    def _headings(self) -> Sequence[str]:
        return "class", "pixels", "share", "images"

    def _rows(self) -> list[tuple[str, ...]]:
        columns = zip(self.names, self.pixels, self.share, self.images, strict=True)
        return [(name, f"{pixels:,}", f"{share:.3%}", f"{images:,}") for name, pixels, share, images in columns]

    def summary(self) -> str:
        """Say how many images and ignored pixels there are."""
        everything = int(self.pixels.sum()) + self.ignored_pixels
        share = self.ignored_pixels / max(everything, 1)
        return f"images: {self.num_images:,}; ignored pixels: {self.ignored_pixels:,} of {everything:,} ({share:.3%})"
