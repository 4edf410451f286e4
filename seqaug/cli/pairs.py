"""What the commands that make samples of pairs of files have in common."""

from __future__ import annotations

import argparse

from seqaug.arguments import height_and_width
from seqaug.augmentation import named_transform
from seqaug.labels import Labels
from seqaug.palette import Palette, as_palette
from seqaug.samples import pair_directories
from seqaug.workbench import Workbench


def add_pairs(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that `workbench_of` reads."""
    parser.add_argument("images", metavar="IMAGES", help="the folder of the images")
    parser.add_argument("masks", metavar="MASKS", help="the folder of the masks; pairs have the same relative stem")
    parser.add_argument("--palette", metavar="P", help="built-in name or CSV file; else mask pixels are class ids")
    parser.add_argument(
        "--ignore", nargs="+", default=[], metavar="NAME", help="names of the palette that are no class"
    )
    parser.add_argument("--num-classes", type=int, metavar="K", help="where masks hold ids")
    parser.add_argument("--ignore-index", type=int, metavar="I", help="the label that losses skip")
    parser.add_argument("--transform", metavar="T", help="a file of A.save, .json or .yaml, or module:name")
    parser.add_argument("--image-size", type=int, nargs=2, metavar=("H", "W"), help="what every sample ends at")
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="of order and augmentation (0)")


def workbench_of(chosen: argparse.Namespace) -> Workbench:
    """Make what the arguments ask for.

    Raises:
        ValueError, OSError: a folder, palette or transform is not what it should be.
    """
    images, masks = pair_directories(chosen.images, chosen.masks)
    size = chosen.image_size
    return Workbench(
        images,
        masks,
        labels=Labels(_palette(chosen.palette, chosen.ignore), chosen.num_classes, chosen.ignore_index),
        transform=None if chosen.transform is None else named_transform(chosen.transform),
        image_size=None if size is None else height_and_width("--image-size", size),
        seed=chosen.seed,
    )


def _palette(name: str | None, ignore: list[str]) -> Palette | None:
    palette = as_palette(name)
    if not ignore:
        return palette
    if palette is None:
        raise ValueError(f"--ignore {' '.join(ignore)} without --palette, whose names they are")
    colors = dict(zip(palette.names, map(tuple, palette.colors.tolist()), strict=True))
    return Palette({**colors, **palette.ignored}, ignore=[*palette.ignored, *ignore])
