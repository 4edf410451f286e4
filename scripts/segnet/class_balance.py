"""Frequency of each class in training, for each oversampling strategy, with random crops, `ClassCrop` and `CopyPaste`.

python scripts/segnet/class_balance.py --images train/images --masks train/masks --palette palette.csv
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import albumentations as A  # noqa: N812
import numpy as np
from data_options import add_data_options, check_data_options, read_palette

from seqaug import ClassCrop, CopyPaste, SegmentationSequence
from seqaug.demo.dataset import make_demo_dataset

STRATEGIES = (None, "class_uniform", "repeat_factor", "rare_class")
CROP = (96, 96)
EPOCHS = 30
MAX_CLASS_SHARE = 0.75


class ClassFrequency(NamedTuple):
    """Frequency of each class in the batches of some epochs.

    Attributes:
        name: oversampling strategy and crop.
        pixels: share of the labelled pixels, (K,), 0 to 1.
        samples: share of the samples that contain each class, (K,), 0 to 1.
    """

    name: str
    pixels: np.ndarray
    samples: np.ndarray


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the program with command-line arguments."""
    parser = make_parser()
    options = parser.parse_args(arguments)
    # The masks are scanned once, for all sequences.
    with tempfile.TemporaryDirectory() as folder:
        try:
            check(options)
            crops = make_crops(options)
            if options.images is None:
                data = make_demo_dataset(Path(folder) / "demo", val=1)
                options.images, options.masks, options.palette = data.train_images, data.train_masks, str(data.palette)
            for line in report(crops, options, folder):
                print(line, flush=True)
        except (ValueError, OSError) as error:
            parser.error(str(error))


def make_parser() -> argparse.ArgumentParser:
    """Create the parser of the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    add_data_options(parser)
    crops = parser.add_argument_group("crops")
    crops.add_argument(
        "--crop",
        type=int,
        nargs=2,
        default=CROP,
        metavar=("H", "W"),
        help=f"size of the crops, in pixels of the stored masks (default: {CROP[0]} {CROP[1]})",
    )
    crops.add_argument(
        "--max-class-share",
        type=float,
        default=MAX_CLASS_SHARE,
        metavar="SHARE",
        help=f"ClassCrop: largest share of a crop that one class should fill (default: {MAX_CLASS_SHARE})",
    )
    crops.add_argument("--epochs", type=int, default=EPOCHS, metavar="N", help=f"epochs to count (default: {EPOCHS})")
    crops.add_argument("--seed", type=int, default=0, metavar="N", help="seed of order and crops (default: 0)")
    return parser


def check(options: argparse.Namespace) -> None:
    """Raise ValueError for options that are contradictory or out of range."""
    check_data_options(options)
    if options.epochs < 1:
        raise ValueError(f"--epochs is {options.epochs}; expected at least 1")


def make_crops(options: argparse.Namespace) -> tuple[A.DualTransform, A.DualTransform]:
    """Create both crops: anywhere, and around a class."""
    height, width = options.crop
    class_crop = ClassCrop(height, width, max_class_share=options.max_class_share)
    return A.RandomCrop(height, width), class_crop


def report(crops: Sequence[A.DualTransform], options: argparse.Namespace, folder: str) -> Iterator[str]:
    """Count, and yield the lines to print: two Markdown tables, and the gain of the rarest class.

    Args:
        crops: the crops to compare.
        options: the parsed options.
        folder: stores the scan of the masks.
    """
    frequencies = []
    plans = [(strategy, [crop]) for crop in crops for strategy in STRATEGIES]
    plans += [(None, [CopyPaste(p=1), crop]) for crop in crops]
    for strategy, transforms in plans:
        name = ", ".join([strategy or "plain", *(type(each).__name__ for each in transforms)])
        with SegmentationSequence.from_directory(
            options.images,
            options.masks,
            palette=read_palette(options.palette, options.ignore),
            transform=A.Compose(transforms),
            oversample=strategy,
            batch_size=16,
            rescale=None,
            cache="memory",
            statistics_dir=folder,
            seed=options.seed,
            workers=options.workers,
        ) as sequence:
            frequencies.append(count(name, sequence, options.epochs))
            statistics = sequence.class_statistics()
    yield f"{statistics.num_images} images, {options.epochs} epochs, crops of {options.crop[0]}x{options.crop[1]}"
    for what, shares in (
        ("Share of the labelled pixels", [each.pixels for each in frequencies]),
        ("Share of the crops that contain the class", [each.samples for each in frequencies]),
    ):
        yield ""
        yield f"{what}:"
        yield ""
        yield from table(statistics.names, [each.name for each in frequencies], shares)
    rarest = int(np.where(statistics.pixels > 0, statistics.pixels, np.inf).argmin())
    yield ""
    name, plain = statistics.names[rarest], frequencies[0].pixels[rarest]
    if not plain:
        yield f"{name}, the rarest class, is in none of the plain random crops; raise --epochs"
        return
    yield f"{name}, the rarest class, by pixels, relative to plain random crops:"
    for each in frequencies[1:]:
        yield f"- {each.name}: {each.pixels[rarest] / plain:.1f} times"


def count(name: str, sequence: SegmentationSequence, epochs: int) -> ClassFrequency:
    """Count the classes in the batches of the first epochs."""
    pixels, samples, total = np.zeros(sequence.num_classes), np.zeros(sequence.num_classes), 0
    for epoch in range(epochs):
        sequence.set_epoch(epoch)
        for _, batch in sequence:
            total += len(batch)
            for ids in batch:
                counts = np.bincount(ids.ravel(), minlength=sequence.num_classes)[: sequence.num_classes]
                pixels += counts
                samples += counts > 0
    return ClassFrequency(name, pixels / max(pixels.sum(), 1), samples / total)


def table(names: Sequence[str], columns: Sequence[str], shares: Sequence[np.ndarray]) -> Iterator[str]:
    """Yield the lines of a Markdown table in percent, one per class."""
    yield f"| | {' | '.join(columns)} |"
    yield f"|---|{'---:|' * len(columns)}"
    for name, *cells in zip(names, *shares, strict=True):
        yield f"| {name} | {' | '.join(f'{cell:.2%}' for cell in cells)} |"


if __name__ == "__main__":
    main()
