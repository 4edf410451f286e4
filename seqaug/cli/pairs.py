"""Arguments of the commands that make samples from pairs of files."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from seqaug.cli.options import add_color_mode, add_labels, label_spec_from

if TYPE_CHECKING:
    from seqaug.palette.label_spec import LabelSpec
    from seqaug.pipeline.builder import PipelineBuilder
    from seqaug.sources.files import FilePairs
    from seqaug.statistics.counts import ClassCounts


def add_pairs(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `pairs_from`."""
    parser.add_argument("images", metavar="IMAGES", help="directory of the images, or its URL")
    parser.add_argument(
        "masks", metavar="MASKS", help="directory of the masks, or its URL; pairs have the same relative stem"
    )
    add_labels(parser)
    parser.add_argument("--transform", metavar="T", help="transform: a file of A.save, .json or .yaml, or module:name")
    add_color_mode(parser)
    parser.add_argument(
        "--prepare", metavar="P", help="transform without randomness, applied before the cache: as for --transform"
    )
    parser.add_argument("--image-size", type=int, nargs=2, metavar=("H", "W"), help="size of all samples")
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="seed of order and augmentation (0)")


def pairs_from(args: argparse.Namespace) -> tuple[FilePairs, PipelineBuilder]:
    """Create the pairs, and the builder of their pipelines, from the arguments.

    Raises:
        ValueError, OSError: an invalid or missing directory, palette or transform.
    """
    from seqaug.augmentation.load import load_transform
    from seqaug.pipeline.builder import PipelineBuilder
    from seqaug.sources.discovery.pairing import pair_directories
    from seqaug.sources.files import FilePairs
    from seqaug.utils.validation import height_and_width, whole_number

    images, masks = pair_directories(args.images, args.masks)
    size = args.image_size
    labels = label_spec_from(args)
    builder = PipelineBuilder(
        labels=labels,
        prepare=None if args.prepare is None else load_transform(args.prepare),
        transform=None if args.transform is None else load_transform(args.transform),
        image_size=None if size is None else height_and_width("--image-size", size),
        seed=whole_number("--seed", args.seed, 0),
        warns=False,
        count_classes=lambda pairs: _count_classes(pairs, labels),
    )
    return FilePairs(images, masks, color_mode=args.color_mode, colored_masks=labels.colored_masks), builder


def _count_classes(pairs: Any, labels: LabelSpec) -> ClassCounts:
    """Count the classes of all masks, for transforms that draw samples by class; unusable masks count as empty."""
    from seqaug.engines.threads import ThreadEngine
    from seqaug.jobs.class_scan import Scan
    from seqaug.jobs.count_classes import ClassCounter
    from seqaug.utils.system import available_cores

    counter = ClassCounter(load_mask=pairs.load_mask, describe=pairs.describe, labels=labels)
    engine = ThreadEngine(available_cores())
    try:
        return Scan(
            engine,
            counter,
            num_samples=len(pairs),
            num_classes=labels.num_classes or 0,
            store=None,
            key_of=None,
            on_failure=lambda error: None,
        ).counts()
    finally:
        engine.close()
