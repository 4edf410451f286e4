"""What the commands that make samples of pairs of files have in common."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from seqaug.cli.options import add_labels, label_spec_of

if TYPE_CHECKING:
    from seqaug.pipeline.builder import PipelineBuilder


def add_pairs(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that `builder_of` reads."""
    parser.add_argument("images", metavar="IMAGES", help="the folder of the images, or its URL")
    parser.add_argument(
        "masks", metavar="MASKS", help="the folder of the masks, or its URL; pairs have the same relative stem"
    )
    add_labels(parser)
    parser.add_argument("--transform", metavar="T", help="a file of A.save, .json or .yaml, or module:name")
    parser.add_argument("--image-size", type=int, nargs=2, metavar=("H", "W"), help="what every sample ends at")
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="of order and augmentation (0)")


def builder_of(chosen: argparse.Namespace) -> PipelineBuilder:
    """Make what the arguments ask for.

    Raises:
        ValueError, OSError: a folder, palette or transform is not what it should be.
    """
    from seqaug.augmentation.load import named_transform
    from seqaug.pipeline.builder import PipelineBuilder
    from seqaug.sources.discovery.pairing import pair_directories
    from seqaug.utils.validation import height_and_width, whole_number

    images, masks = pair_directories(chosen.images, chosen.masks)
    size = chosen.image_size
    return PipelineBuilder(
        images,
        masks,
        labels=label_spec_of(chosen),
        transform=None if chosen.transform is None else named_transform(chosen.transform),
        image_size=None if size is None else height_and_width("--image-size", size),
        seed=whole_number("--seed", chosen.seed, 0),
    )
