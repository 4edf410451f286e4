"""The workbench: pipelines over pairs of image files, made without Keras, to look at and to try settings on."""

from __future__ import annotations

import os
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from seqaug.augmentation.augmenter import Augmenter
from seqaug.cache.sample_cache import SampleCache
from seqaug.palette.label_spec import LabelSpec
from seqaug.pipeline.mask_encoding import MaskEncoding
from seqaug.pipeline.pipeline import Pipeline
from seqaug.pipeline.rescale import DEFAULT_RESCALE
from seqaug.pipeline.row_encoding import RowEncoding
from seqaug.sampling.samplers import ShuffleSampler
from seqaug.sources.files import FilePairs


@dataclass(frozen=True)
class PipelineBuilder:
    """Pairs of files, and how `SegmentationSequence` would make samples of them.

    Attributes:
        images, masks, transform, image_size, color_mode, seed: as for `SegmentationSequence`.
        labels: the classes.
    """

    images: Sequence[str]
    masks: Sequence[str]
    labels: LabelSpec
    transform: Any = None
    image_size: tuple[int, int] | None = None
    color_mode: str = "rgb"
    seed: int = 0

    @cached_property
    def source(self) -> FilePairs:
        """The pairs."""
        return FilePairs(
            self.images, self.masks, color_mode=self.color_mode, colored_masks=self.labels.palette is not None
        )

    def name_of(self, index: int) -> str:
        """Name a sample by its image."""
        return os.path.basename(self.images[index])

    def pipeline(
        self,
        *,
        transform: Any,
        cache: SampleCache | None = None,
        rescale: float | None = DEFAULT_RESCALE,
    ) -> Pipeline:
        """Make a pipeline; what a sequence would warn of, `seqaug.augmentation.lint` says.

        Args:
            transform: which may be another one than the workbench's.
            cache: of the samples.
            rescale: as for `SegmentationSequence`.
        """
        augmenter = None
        if transform is not None:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                augmenter = Augmenter(transform, {}, self.labels.ignore_index, self.labels.num_classes)
        return Pipeline(
            load=self.source.load,
            describe=self.source.describe,
            cache=cache,
            labels=self.labels,
            augmenter=augmenter,
            encoding=RowEncoding(rescale, {}, MaskEncoding(self.labels, "sparse")),
            additional_targets={},
            image_size=self.image_size,
            seed=self.seed,
        )

    def sampler(self, length: int) -> ShuffleSampler:
        """Return the shuffling sampler of epochs of a given length."""
        return ShuffleSampler(len(self.source), length, self.seed)
