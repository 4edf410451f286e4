"""Types of the arguments of sequences; those of both sequences stand here once.

A function or subclass that passes arguments on types them by `**arguments: Unpack[SegmentationArguments]`.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Executor
from typing import Any, Literal, TypedDict

import numpy as np

from seqaug.augmentation.albumentations import Transform
from seqaug.engines.factory import Workers
from seqaug.palette.class_map import ClassMapLike
from seqaug.palette.coercion import PaletteLike
from seqaug.pipeline.image_encoding import DataFormat, ImageDtype
from seqaug.pipeline.label_encoding import LabelMode
from seqaug.pipeline.mask_encoding import MaskEncodingName
from seqaug.reading.images import ColorMode
from seqaug.reading.readers import Reader
from seqaug.sampling.factory import Oversample
from seqaug.sources.groups import Groups
from seqaug.sources.tiles import Tiles
from seqaug.statistics.class_weights import ClassWeightsLike
from seqaug.utils.validation import TargetKind

Array = np.ndarray[Any, Any]
PathLike = str | os.PathLike[str]

Arrays = Sequence[Array] | Array
Images = Iterable[PathLike] | Arrays
Labels = Iterable[int | str] | Iterable[Iterable[int | str]] | Array
Cache = Literal["memory"] | PathLike
OnError = Literal["raise", "skip"]
Subset = Literal["training", "validation"]
BothSubsets = Literal["both"]
MaskFormat = Literal["files", "rle"]


class SequenceArguments(TypedDict, total=False):
    """Arguments of both sequences, documented by `SegmentationSequence`."""

    batch_size: int
    prepare: Transform | None
    transform: Transform | None
    repeats: int
    num_classes: int | None
    color_mode: ColorMode
    image_size: tuple[int, int] | None
    shuffle: bool | None
    oversample: Oversample | None
    samples_per_epoch: int | None
    class_weights: ClassWeightsLike | None
    rescale: float | None
    dtype: ImageDtype
    data_format: DataFormat
    pad_batches: bool | int
    drop_remainder: bool
    cache: Cache | None
    cache_limit: int | str | None
    on_error: OnError
    shard: tuple[int, int] | None
    seed: int
    num_samples: int | None
    workers: Workers
    use_multiprocessing: bool
    max_queue_size: int
    executor: Executor | None


class SegmentationArguments(SequenceArguments, total=False):
    """Arguments of `SegmentationSequence` by keyword."""

    read_image: Reader | None
    read_mask: Reader | None
    reader_name: str | None
    tiles: Tiles | None
    palette: PaletteLike | None
    class_map: ClassMapLike | None
    ignore_index: int | None
    mirrored_classes: Sequence[tuple[int, int] | tuple[str, str]] | None
    mask_encoding: MaskEncodingName
    additional: Mapping[str, Images | PathLike] | None
    additional_targets: Mapping[str, TargetKind] | None
    value_fill: float | Mapping[str, float] | None
    statistics_dir: PathLike | None


class ClassificationArguments(SequenceArguments, total=False):
    """Arguments of `ClassificationSequence` by keyword."""

    label_mode: LabelMode | None
    class_names: Sequence[str] | None


class SplitArguments(TypedDict, total=False):
    """Arguments of every constructor, such as `from_directory`, that choose a part of the samples."""

    validation_split: float | None
    stratify: bool
    groups: Groups | None
    fold: tuple[int, int] | None
    validation_transform: Transform | None


class SegmentationConstructorArguments(SplitArguments, SegmentationArguments, total=False):
    """Arguments of the constructors of `SegmentationSequence`."""


class ClassificationConstructorArguments(SplitArguments, ClassificationArguments, total=False):
    """Arguments of the constructors of `ClassificationSequence`."""
