"""What a scan of the masks says of the classes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from seqaug.statistics.counts import ClassCounts, Counts
from seqaug.statistics.table import Table
from seqaug.statistics.weights import Weights, compute_class_weights


@dataclass(frozen=True)
class StrategyStatistics:
    """What a way to oversample makes of the samples, expected over many epochs.

    Attributes:
        name: what `oversample` is set to.
        positions: share of an epoch's positions with an image that contains each class, (K,), float64, 0 to 1.
        drawn_for: share of positions that are drawn for each class, (K,), float64; None where none is.
        reached: how many samples come; one that comes less than a thousandth as often as without does not count.
    """

    name: str
    positions: Weights
    drawn_for: Weights | None
    reached: int


class ClassStatistics(Table):
    """How much there is of each class; `print` shows it as a table, and so does a notebook.

    Pixels are counted in the masks as they are stored, before any transform. Ignored ones belong to no class.

    Args:
        counts: the pixels of each class in each sample.
        names: the names of the classes in id order; None: "class 0", "class 1", ...
        strategies: tells what strategies would make of the counts; it is asked when they are looked at.

    Attributes:
        counts: the pixels of each class in each sample.
        names: the names of the classes, in id order.
        pixels: pixels of each class, (K,), int64.
        share: share of each class in all pixels that are not ignored, (K,), float64, 0 to 1; sums to 1, or is 0 for
            all where every pixel is ignored.
        images: images that contain each class, (K,), int64.
        num_images: how many images there are.
        ignored_pixels: how many pixels belong to no class.
        strategies: what each way to oversample makes of the samples, a list of `StrategyStatistics`; empty where no
            image has a class.
    """

    def __init__(
        self,
        counts: ClassCounts,
        names: Sequence[str] | None = None,
        strategies: Callable[[ClassCounts], list[StrategyStatistics]] | None = None,
    ) -> None:
        self.counts = counts
        self._find_strategies = strategies
        self.names = [f"class {number}" for number in range(counts.num_classes)] if names is None else list(names)
        self.pixels: Counts = counts.pixels_per_class()
        self.share: Weights = self.pixels / max(int(self.pixels.sum()), 1)
        self.images: Counts = counts.samples_per_class()
        self.num_images = len(counts)
        self.ignored_pixels = int(counts.ignored.sum(dtype=np.int64))

    @cached_property
    def strategies(self) -> list[StrategyStatistics]:
        """What each way to oversample makes of the samples."""
        return [] if self._find_strategies is None or not self.pixels.any() else self._find_strategies(self.counts)

    def compute_class_weights(self, method: str, *, beta: float = 0.999) -> Weights:
        """Compute a weight for each class: see `seqaug.statistics.compute_class_weights`."""
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
        """Say how many images and ignored pixels there are, and what each way to oversample reaches."""
        everything = int(self.pixels.sum()) + self.ignored_pixels
        share = self.ignored_pixels / max(everything, 1)
        lines = [
            f"images: {self.num_images:,}; ignored pixels: {self.ignored_pixels:,} of {everything:,} ({share:.3%})"
        ]
        if self.strategies:
            lines.append("under each oversample: share of an epoch's positions with an image that contains the class")
        for strategy in self.strategies:
            line = f"{strategy.name}: {strategy.reached:,} of {self.num_images:,} images come"
            if strategy.drawn_for is not None:
                most = int(strategy.drawn_for.argmax())
                line += f"; drawn most for {self.names[most]}, {strategy.drawn_for[most]:.1%} of the positions"
            lines.append(line)
        return "\n".join(lines)
