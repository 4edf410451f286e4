"""Rows per second by `repeats`: without a cache, whose samples cost nothing to read again.

python scripts/benchmarks/repeats.py
python scripts/benchmarks/repeats.py --images camvid/train/images --masks camvid/train/masks --workers 0

Epochs are timed in turn, so that all cases see the same machine.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from contextlib import ExitStack
from statistics import median

import cv2
from pairs import add_pair_options, pairs_from_options
from sample import make_transform

from seqaug import SegmentationSequence

CROP = 256
BATCH_SIZE = 16


def main() -> None:
    """Run the benchmark, and print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_pair_options(parser)
    parser.add_argument("--samples", type=int, default=64, help="number of generated pairs (%(default)s)")
    parser.add_argument("--repeats", type=int, nargs="+", default=[1, 2, 4, 8], help="cases (%(default)s)")
    parser.add_argument("--rounds", type=int, default=3, help="timed epochs of each case (%(default)s)")
    parser.add_argument("--workers", type=int, default=2, help="worker processes; 0: inline (%(default)s)")
    arguments = parser.parse_args()

    cv2.setNumThreads(1)
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        pairs = pairs_from_options(arguments, folder, arguments.samples)
        cases = {
            repeats: stack.enter_context(
                SegmentationSequence.from_directory(
                    *pairs,
                    palette=arguments.palette,
                    transform=make_transform(CROP),
                    repeats=repeats,
                    batch_size=BATCH_SIZE,
                    ignore_index=255,
                    workers=arguments.workers,
                    use_multiprocessing=arguments.workers > 0,
                )
            )
            for repeats in arguments.repeats
        }
        speeds: dict[int, list[float]] = {repeats: [] for repeats in cases}
        for epoch in range(arguments.rounds + 1):
            for repeats, rows in cases.items():
                speed = rows_per_second(rows)
                if epoch:  # in the first, workers start
                    speeds[repeats].append(speed)
    first = median(next(iter(speeds.values())))
    print("| repeats | rows/s | ratio |")
    print("|--------:|-------:|------:|")
    for repeats, measured in speeds.items():
        print(f"| {repeats} | {median(measured):.1f} | {median(measured) / first:.2f} |")


def rows_per_second(rows: SegmentationSequence) -> float:
    """Run one epoch."""
    start = time.perf_counter()
    for _ in rows:
        pass
    seconds = time.perf_counter() - start
    rows.on_epoch_end()
    return len(rows.samples) * rows.repeats / seconds


if __name__ == "__main__":
    main()
