"""What the labels of a data set say of its classes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from seqaug.arguments import one_of
from seqaug.statistics.counts import ClassCounts, Counts
from seqaug.statistics.table import Table
from seqaug.statistics.weights import WEIGHT_METHODS, Weights, compute_class_weights


class LabelStatistics(Table):
    """How many images there are of each class; `print` shows it as a table, and so does a notebook.

    Args:
        counts: the classes of each image, each of them as one pixel.
        names: the names of the classes in id order; None: "class 0", "class 1", ...

    Attributes:
        counts: the classes of each image, each of them as one pixel.
        names: the names of the classes, in id order.
        images: images of each class, (K,), int64.
        share: share of each class in all labels, (K,), float64, 0 to 1; sums to 1, or is 0 for all where there are no
            labels.
        num_images: how many images there are.
        unlabelled: how many of them have no class.
    """

    def __init__(self, counts: ClassCounts, names: Sequence[str] | None = None) -> None:
        self.counts = counts
        self.names = [f"class {number}" for number in range(counts.num_classes)] if names is None else list(names)
        self.images: Counts = counts.samples_per_class()
        self.share: Weights = self.images / max(int(self.images.sum()), 1)
        self.num_images = len(counts)
        self.unlabelled = int(np.count_nonzero(np.diff(counts.starts) == 0))

    def compute_class_weights(self, method: str, *, beta: float = 0.999) -> Weights:
        """Compute a weight for each class, the higher the rarer it is.

        Args:
            method: one of, with n_c the images of the class and p_c its share in all labels,

                - "inverse": 1 / (K p_c), with K the number of classes present: 1 on average over the labels.
                - "effective_number": (1 - beta) / (1 - beta^n_c), scaled to sum to K (Cui et al. 2019).
                - "median_frequency": median(n) / n_c (Eigen & Fergus 2015, with images in the place of pixels).
                - "enet": 1 / ln(1.02 + p_c) (Paszke et al. 2016).
            beta: of "effective_number", from 0 to below 1.

        Returns:
            (num_classes,), float64; 0 for classes without images.

        Raises:
            ValueError: the method is unknown, `beta` is out of range, or no image has a class.
        """
        one_of("method", method, WEIGHT_METHODS)
        present = self.images > 0
        if not present.any():
            raise ValueError(f"class weights need labels, and none of the {self.num_images} images has any")
        if method != "median_frequency":
            return compute_class_weights(self.counts, method, beta=beta)
        # Of pixels it is per image that contains the class, and a label would fill all of its image.
        weights = np.zeros(len(self.images))
        weights[present] = np.median(self.images[present]) / self.images[present]
        return weights

    def __repr__(self) -> str:
        return f"<LabelStatistics of {self.counts.num_classes} classes in {self.num_images} images>"

    def _headings(self) -> Sequence[str]:
        return "class", "images", "share"

    def _rows(self) -> list[tuple[str, ...]]:
        columns = zip(self.names, self.images, self.share, strict=True)
        return [(name, f"{images:,}", f"{share:.3%}") for name, images, share in columns]

    def summary(self) -> str:
        """Say how many images there are, and how many without a class."""
        return f"images: {self.num_images:,}; without a class: {self.unlabelled:,}"
