"""Class statistics of masks and of labels: the results of `class_statistics()`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from seqaug.statistics.class_weights import WEIGHT_METHODS, Weights, compute_class_weights
from seqaug.statistics.counts import ClassCounts, Counts
from seqaug.utils.tables import Table
from seqaug.utils.validation import one_of


@dataclass(frozen=True)
class StrategyStatistics:
    """Effect of an `oversample` strategy, expected over many epochs.

    Attributes:
        name: the strategy, as given to `oversample`.
        positions: share of an epoch's positions whose image contains each class, (K,), float64, 0 to 1.
        drawn_for: share of positions drawn for each class, (K,), float64; None if none are.
        reached: number of samples that are drawn; one drawn less than a thousandth as often as without `oversample`
            does not count.
    """

    name: str
    positions: Weights
    drawn_for: Weights | None
    reached: int


class ClassStatistics(Table):
    """Amount of each class in the data; prints as a table, also in notebooks.

    Pixels are counted in masks as stored, before any transform. Ignored pixels belong to no class.

    Args:
        counts: pixels of each class in each sample.
        names: class names in id order; None: "class 0", "class 1", ...
        strategies: computes the effect of strategies on the counts, on first access.
        overlapping: whether a pixel may have several classes; the ignored pixels of the counts are then all pixels.

    Attributes:
        counts: pixels of each class in each sample.
        names: class names, in id order.
        pixels: pixels per class, (K,), int64.
        share: share of each class in all labelled pixels, (K,), float64, 0 to 1; sums to 1, or all 0 if every pixel is
            ignored. Of classes that overlap, their shares in all pixels.
        images: images that contain each class, (K,), int64.
        num_images: number of images.
        ignored_pixels: number of pixels without a class.
        strategies: effect of each `oversample` strategy, a list of `StrategyStatistics`; empty if no image has a class.
    """

    def __init__(
        self,
        counts: ClassCounts,
        names: Sequence[str] | None = None,
        strategies: Callable[[ClassCounts], list[StrategyStatistics]] | None = None,
        *,
        overlapping: bool = False,
    ) -> None:
        self.counts = counts
        self._find_strategies = strategies
        self.names = [f"class {number}" for number in range(counts.num_classes)] if names is None else list(names)
        self.pixels: Counts = counts.pixels_per_class()
        last = int(counts.ignored.sum(dtype=np.int64))
        self._total = last if overlapping else None
        self.share: Weights = self.pixels / max(last if overlapping else int(self.pixels.sum()), 1)
        self.images: Counts = counts.samples_per_class()
        self.num_images = len(counts)
        self.ignored_pixels = 0 if overlapping else last

    @property
    def overlapping(self) -> bool:
        """Whether a pixel may have several classes."""
        return self._total is not None

    @property
    def pos_weight(self) -> Weights:
        """Weight of the positive pixels of each class that overlaps with others, (K,): negatives / positives.

        It is that of `tf.nn.weighted_cross_entropy_with_logits`; 0 for classes that no mask contains.

        Raises:
            ValueError: a pixel has one class, so that weights are `compute_class_weights`.
        """
        if self._total is None:
            raise ValueError(
                'pos_weight is for mask_encoding="multi_label", whose classes overlap; expected compute_class_weights()'
            )
        weights = np.zeros(len(self.pixels))
        present = self.pixels > 0
        weights[present] = (self._total - self.pixels[present]) / self.pixels[present]
        return weights

    @cached_property
    def strategies(self) -> list[StrategyStatistics]:
        """Effect of each `oversample` strategy on the samples."""
        return [] if self._find_strategies is None or not self.pixels.any() else self._find_strategies(self.counts)

    def compute_class_weights(self, method: str, *, beta: float = 0.999) -> Weights:
        """Compute a weight per class: see `seqaug.statistics.class_weights.compute_class_weights`.

        Raises:
            ValueError: as there; or classes overlap, so that weights are `pos_weight`.
        """
        if self._total is not None:
            raise ValueError(
                'compute_class_weights() is for one class a pixel, and with mask_encoding="multi_label" it may have '
                "several; expected class_statistics().pos_weight, the weight of each class's positives"
            )
        return compute_class_weights(self.counts, method, beta=beta)

    def __repr__(self) -> str:
        return f"<ClassStatistics of {self.counts.num_classes} classes in {self.num_images} images>"

    def _headings(self) -> Sequence[str]:
        return "class", "pixels", "share", "images", *(strategy.name for strategy in self.strategies)

    def _rows(self) -> list[tuple[str, ...]]:
        columns = zip(self.names, self.pixels, self.share, self.images, strict=True)
        rows = [(name, f"{pixels:,}", f"{share:.3%}", f"{images:,}") for name, pixels, share, images in columns]
        shown = [[f"{share:.1%}" for share in strategy.positions] for strategy in self.strategies]
        return [(*row, *cells) for row, *cells in zip(rows, *shown, strict=True)]

    def summary(self) -> str:
        """Summarize images, ignored pixels, and the samples that each strategy reaches."""
        everything = int(self.pixels.sum()) + self.ignored_pixels
        share = self.ignored_pixels / max(everything, 1)
        counted = f"ignored pixels: {self.ignored_pixels:,} of {everything:,} ({share:.3%})"
        if self._total is not None:
            counted = f"pixels: {self._total:,}, of several classes or none"
        lines = [f"images: {self.num_images:,}; {counted}"]
        if self.strategies:
            lines.append("under each oversample: share of an epoch's positions with an image that contains the class")
        for strategy in self.strategies:
            line = f"{strategy.name}: {strategy.reached:,} of {self.num_images:,} images are drawn"
            if strategy.drawn_for is not None:
                most = int(strategy.drawn_for.argmax())
                line += f"; most often for {self.names[most]}, {strategy.drawn_for[most]:.1%} of the positions"
            lines.append(line)
        return "\n".join(lines)


class LabelStatistics(Table):
    """Number of images per class; prints as a table, also in notebooks.

    Args:
        counts: classes of each image, each counted as one pixel.
        names: class names in id order; None: "class 0", "class 1", ...

    Attributes:
        counts: classes of each image, each counted as one pixel.
        names: class names, in id order.
        images: images per class, (K,), int64.
        share: share of each class in all labels, (K,), float64, 0 to 1; sums to 1, or all 0 without labels.
        num_images: number of images.
        unlabelled: number of images without a class.
    """

    def __init__(self, counts: ClassCounts, names: Sequence[str] | None = None) -> None:
        self.counts = counts
        self.names = [f"class {number}" for number in range(counts.num_classes)] if names is None else list(names)
        self.images: Counts = counts.samples_per_class()
        self.share: Weights = self.images / max(int(self.images.sum()), 1)
        self.num_images = len(counts)
        self.unlabelled = int(np.count_nonzero(np.diff(counts.indptr) == 0))

    def compute_class_weights(self, method: str, *, beta: float = 0.999) -> Weights:
        """Compute a weight per class: the rarer, the higher.

        Args:
            method: one of the following, with n_c the images of the class and p_c its share in all labels:

                - "inverse": 1 / (K p_c), with K the number of classes present: 1 on average over the labels.
                - "effective_number": (1 - beta) / (1 - beta^n_c), scaled to sum to K (Cui et al. 2019).
                - "median_frequency": median(n) / n_c (Eigen & Fergus 2015, with images instead of pixels).
                - "enet": 1 / ln(1.02 + p_c) (Paszke et al. 2016).
            beta: parameter of "effective_number", from 0 to below 1.

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
        # Of pixels, the frequency is relative to the images with the class; a label would fill its image.
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
        """Summarize images, and those without a class."""
        return f"images: {self.num_images:,}; without a class: {self.unlabelled:,}"
