"""Arguments of the commands that make samples."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from seqaug.cli.data import Data, add_data, data_from, sequence_from

if TYPE_CHECKING:
    from seqaug.palette.label_spec import LabelSpec
    from seqaug.pipeline.builder import PipelineBuilder
    from seqaug.pipeline.pipeline import Pipeline
    from seqaug.sampling.samplers import EpochIndices
    from seqaug.sources.base import DataSource
    from seqaug.statistics.counts import ClassCounts


class Samples(NamedTuple):
    """What a command makes samples of.

    Attributes:
        source: the data.
        builder: builds pipelines of them.
        pipeline: the one of all samples.
        indices: gives those of an epoch.
        name_of: names a sample, by its index.
        batch_size: rows of a batch; None where nothing says it.
    """

    source: DataSource
    builder: PipelineBuilder
    pipeline: Pipeline
    indices: Callable[[int], EpochIndices]
    name_of: Callable[[int], str]
    batch_size: int | None


def add_samples(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `samples_from`."""
    add_data(parser)
    parser.add_argument("--transform", metavar="T", help="transform: a file of A.save, .json or .yaml, or module:name")
    parser.add_argument(
        "--prepare", metavar="P", help="transform without randomness, applied before the cache: as for --transform"
    )
    parser.add_argument("--image-size", type=int, nargs=2, metavar=("H", "W"), help="size of all samples")
    parser.add_argument(
        "--value-fill", type=float, metavar="X", help="number in filled pixels of further arrays of numbers; also nan"
    )
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="seed of order and augmentation (0)")


def samples_from(args: argparse.Namespace) -> Samples:
    """Create the samples of the arguments, or of the config that they name.

    Raises:
        ValueError, OSError: an invalid or missing directory, palette, transform or config.
    """
    from seqaug.augmentation.load import load_transform

    transforms = {name: getattr(args, name) for name in ("prepare", "transform") if getattr(args, name) is not None}
    loaded = {name: load_transform(value) for name, value in transforms.items()}
    if args.config is None:
        return _of_directories(args, data_from(args), loaded)
    sequence = sequence_from(args, args.config, cache=None, cache_limit=None, **loaded)
    builder = replace(sequence._builder, count_classes=lambda source: _count_classes(source, sequence._labels))
    return Samples(
        sequence.samples,
        builder,
        sequence._pipeline,
        sequence._loader.indices,
        sequence._name_of,
        sequence.batch_size,
    )


def _of_directories(args: argparse.Namespace, data: Data, transforms: dict[str, Any]) -> Samples:
    from seqaug.pipeline.builder import PipelineBuilder
    from seqaug.sampling.samplers import ShuffleSampler
    from seqaug.sequence.source_arguments import source_of_images, source_of_pairs
    from seqaug.sources.additional import with_additional
    from seqaug.sources.discovery.additional_files import find_samples
    from seqaug.utils.validation import height_and_width, whole_number

    labels, size = data.labels, args.image_size
    builder = PipelineBuilder(
        labels=labels,
        has_masks=data.masks is not None,
        **transforms,
        image_size=None if size is None else height_and_width("--image-size", size),
        seed=whole_number("--seed", args.seed, 0),
        mask_encoding=args.mask_encoding,
        additional_targets=data.additional_targets,
        value_fill=args.value_fill,
        warns=False,
        count_classes=lambda source: _count_classes(source, labels),
    )
    found = find_samples(
        data.images or "", data.masks, data.additional, image_suffix="", mask_suffix="", follow_links=False
    )
    source: DataSource
    if found.masks is None:
        source = source_of_images(found.images, None, loads_itself=False, color_mode=args.color_mode)
    else:
        source = source_of_pairs(
            found.images,
            found.masks,
            None,
            color_mode=args.color_mode,
            labels=labels,
        )
    if found.additional:
        source = with_additional(source, found.additional, data.additional_targets)
    return Samples(
        source,
        builder,
        builder.pipeline(source),
        ShuffleSampler(len(source), len(source), builder.seed),
        lambda index: os.path.basename(source[index].image),
        None,
    )


def _count_classes(source: Any, labels: LabelSpec) -> ClassCounts:
    """Count the classes of all masks, for transforms that draw samples by class; unusable masks count as empty."""
    from seqaug.engines.threads import ThreadEngine
    from seqaug.jobs.class_scan import Scan
    from seqaug.jobs.count_classes import ClassCounter
    from seqaug.utils.system import available_cores

    counter = ClassCounter(load_mask=source.load_mask, describe=source.describe, labels=labels)
    engine = ThreadEngine(available_cores())
    try:
        return Scan(
            engine,
            counter,
            num_samples=len(source),
            num_classes=labels.num_classes or 0,
            store=None,
            key_of=None,
            on_failure=lambda error: None,
        ).counts()
    finally:
        engine.close()
