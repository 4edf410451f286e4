"""Time of a sample whose composition starts with a crop, by the size of the crop, from a cache directory.

python scripts/benchmarks/crop.py
python scripts/benchmarks/crop.py --height 1024 --width 2048 --crops 128 512

Cached samples are memory-mapped and only the crop is read, so small crops are faster than large ones. Files are in the
page cache here; from a cold disk, the system's read-ahead adds to that.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

import albumentations as A  # noqa: N812, its own abbreviation
import cv2
from pairs import write_pairs

from seqaug import Palette, SegmentationSequence

SAMPLES = 8
PASSES = 5
PALETTE = "camvid"


def main() -> None:
    """Run the benchmark, and print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--height", type=int, default=1024, help="height of the samples (%(default)s)")
    parser.add_argument("--width", type=int, default=2048, help="width of the samples (%(default)s)")
    parser.add_argument("--crops", type=int, nargs="+", default=[128, 256, 512, 1024], help="sizes of the crops")
    arguments = parser.parse_args()
    if not 0 < max(arguments.crops) <= min(arguments.height, arguments.width):
        parser.error(f"--crops {max(arguments.crops)} in {arguments.height}x{arguments.width} samples; expected less")

    cv2.setNumThreads(1)
    with tempfile.TemporaryDirectory() as folder:
        images, masks = write_pairs(
            Path(folder), Palette.named(PALETTE), SAMPLES, height=arguments.height, width=arguments.width
        )
        print("| crop | of the pixels | decoded each time | from the directory |")
        print("|-----:|--------------:|------------------:|-------------------:|")
        for crop in arguments.crops:
            transform = A.RandomCrop(crop, crop)
            decoded = milliseconds(sequence(images, masks, transform, None))
            cached = milliseconds(sequence(images, masks, transform, f"{folder}/cache"))
            share = crop * crop / (arguments.height * arguments.width)
            print(f"| {crop:>4} | {share:>13.1%} | {decoded:>14.1f} ms | {cached:>15.2f} ms |")


def sequence(images: Path, masks: Path, transform: Any, cache: str | None) -> SegmentationSequence:
    """Create an inline sequence with batches of one sample and, if it has a cache, a full one."""
    created = SegmentationSequence.from_directory(
        images, masks, batch_size=1, palette=PALETTE, transform=transform, cache=cache, workers=0, rescale=None
    )
    if cache is not None:
        created.warm_cache()
    return created


def milliseconds(samples: SegmentationSequence) -> float:
    """Measure the median time of a sample."""
    times = []
    for _ in range(PASSES):
        for index in range(len(samples)):
            start = time.perf_counter()
            samples[index]
            times.append(time.perf_counter() - start)
        samples.on_epoch_end()
    return median(times) * 1e3


if __name__ == "__main__":
    main()
