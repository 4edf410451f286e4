"""What does not happen for every batch: looking through all masks, and sequences of a million pairs.

python scripts/benchmark_scale.py
python scripts/benchmark_scale.py --images train/images --masks train/masks --palette camvid

Prints how much faster a scan of the masks is with worker processes than without, in the same run, and what a sequence
of many pairs (paths only, no files) takes to be made, to be reshuffled, and in memory.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from benchmark_pairs import write_pairs

from seqaug import SegmentationSequence
from seqaug.palette import as_palette
from seqaug.samples import pair_directories
from seqaug.sampling import make_order
from seqaug.statistics import ClassCounts

CLASSES = 20
CLASSES_OF_A_SAMPLE = 8
STRATEGIES = (None, "class_uniform", "repeat_factor", "rare_class")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=Path, metavar="DIR", help="a folder of images (made up without one)")
    parser.add_argument("--masks", type=Path, metavar="DIR", help="a folder of palette masks of the same names")
    parser.add_argument("--palette", default="camvid", help="of the masks: a built-in name or a CSV file (%(default)s)")
    parser.add_argument("--workers", type=int, default=2, help="processes that scan (%(default)s)")
    parser.add_argument("--rounds", type=int, default=7, help="how often each is measured (%(default)s)")
    parser.add_argument("--pairs", type=int, default=1_000_000, help="of the large sequence (%(default)s)")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        images, masks = arguments.images, arguments.masks
        if images is None:
            images, masks = write_pairs(Path(folder), as_palette(arguments.palette), 120)
        measure_scan(*pair_directories(images, masks), arguments)
    measure_many(arguments.pairs, arguments.rounds)


def measure_scan(images: list[str], masks: list[str], arguments: argparse.Namespace) -> None:
    """Scan with and without processes, in turn; the processes run already, as they do when training has begun."""

    def make(workers: int) -> SegmentationSequence:
        return SegmentationSequence(
            images, masks, palette=arguments.palette, workers=workers, use_multiprocessing=workers > 0
        )

    with make(0) as alone, make(arguments.workers) as shared:
        times: dict[str, list[float]] = {"alone": [], "shared": []}
        for round_number in range(arguments.rounds + 1):
            for name, sequence in (("alone", alone), ("shared", shared)):
                seconds = timed(sequence._scan._counted)
                if round_number:  # the first one starts workers and fills the disk's cache
                    times[name].append(seconds)
    ratios = [first / second for first, second in zip(times["alone"], times["shared"], strict=True)]
    print(
        f"scan of {len(masks)} masks: {median(times['alone']) * 1e3 / len(masks):.2f} ms a mask in one thread; "
        f"{median(ratios):.2f} times as fast with {arguments.workers} processes"
    )


def measure_many(pairs: int, rounds: int) -> None:
    """Make a sequence of many paths, and reshuffle it under each strategy."""
    images = [f"/data/train/images/{number:08}.jpg" for number in range(pairs)]
    masks = [f"/data/train/masks/{number:08}.png" for number in range(pairs)]
    before = peak_megabytes()
    begin = time.perf_counter()
    sequence = SegmentationSequence(images, masks, num_classes=CLASSES)
    print(f"a sequence of {pairs:,} pairs: {time.perf_counter() - begin:.2f} s, ", end="")
    print(f"{max(peak_megabytes() - before, 0):.0f} MB beside the {2 * pairs:,} paths it is given")
    counts = some_counts(pairs)
    for strategy in STRATEGIES:
        order = make_order(
            strategy, num_samples=len(sequence.samples), length=pairs, seed=0, shuffle=True, counts=lambda: counts
        )
        seconds = [timed(lambda: order(epoch)) for epoch in range(rounds)]  # noqa: B023, called at once
        print(f"  order of an epoch, {strategy or 'plain'}: {median(seconds):.3f} s, at most {max(seconds):.3f} s")


def some_counts(samples: int) -> ClassCounts:
    """Make up counts: eight of twenty classes in each sample."""
    rng = np.random.default_rng(0)
    first = rng.integers(0, CLASSES - CLASSES_OF_A_SAMPLE + 1, (samples, 1))
    classes = (first + np.arange(CLASSES_OF_A_SAMPLE)).ravel()
    starts = np.arange(samples + 1) * CLASSES_OF_A_SAMPLE
    return ClassCounts(starts, classes, rng.integers(1, 100_000, len(classes)), CLASSES)


def timed(work: Callable[[], Any]) -> float:
    """Do something once and give the seconds."""
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def peak_megabytes() -> float:
    """Give the most memory that this process has had so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
