"""Cost of what happens once: scans of all files, and sequences of a million pairs.

python scripts/benchmarks/scale.py
python scripts/benchmarks/scale.py --images train/images --masks train/masks --palette camvid

Prints the speedup of a mask scan and of `seqaug check` by running worker processes; the time and memory of
`from_directory` for many pairs of empty files, and its ratio to a bare walk of the folders; and the time and memory of
creating and reshuffling a sequence of many pairs (paths only, no files).
"""

from __future__ import annotations

import argparse
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from pairs import add_pair_options, pairs_from_options

from seqaug import SegmentationSequence
from seqaug.checking.directories import Directories, check_directories
from seqaug.engines.inline import InlineEngine
from seqaug.engines.processes.engine import ProcessEngine
from seqaug.palette.coercion import as_palette
from seqaug.palette.label_spec import LabelSpec
from seqaug.sampling.factory import make_sampler
from seqaug.sources.discovery.pairing import pair_directories
from seqaug.statistics.counts import ClassCounts

SLOTS = 6
CLASSES = 20
CLASSES_OF_A_SAMPLE = 8
STRATEGIES = (None, "class_uniform", "repeat_factor", "rare_class")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_pair_options(parser)
    parser.add_argument("--workers", type=int, default=2, help="worker processes (%(default)s)")
    parser.add_argument("--rounds", type=int, default=7, help="measurements of each (%(default)s)")
    parser.add_argument("--files", type=int, default=100_000, help="pairs that from_directory finds (%(default)s)")
    parser.add_argument("--pairs", type=int, default=1_000_000, help="pairs of the large sequence (%(default)s)")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        images, masks = pairs_from_options(arguments, folder, 120)
        measure_scan(*pair_directories(images, masks), arguments)
        measure_check(images, masks, arguments)
    measure_from_directory(arguments.files, arguments.rounds)
    measure_many(arguments.pairs, arguments.rounds)


def measure_scan(images: list[str], masks: list[str], arguments: argparse.Namespace) -> None:
    """Count the pixels of the masks, as a sequence does."""

    def make(workers: int) -> SegmentationSequence:
        return SegmentationSequence(
            images, masks, palette=arguments.palette, workers=workers, use_multiprocessing=workers > 0
        )

    with make(0) as inline, make(1) as one, make(arguments.workers) as several:
        variants = [sequence._scan._count_all for sequence in (inline, one, several)]
        compare(f"scan of {len(masks)} masks", variants, arguments)


def measure_check(images: Path, masks: Path, arguments: argparse.Namespace) -> None:
    """Check the pairs, as `seqaug check` does."""
    labels = LabelSpec(as_palette(arguments.palette), None, None)
    engines = [InlineEngine(), ProcessEngine(1, SLOTS), ProcessEngine(arguments.workers, SLOTS)]
    variants = [partial(check_directories, [Directories("train", images, masks)], labels, engine) for engine in engines]
    compare("check of the pairs", variants, arguments)
    for engine in engines:
        engine.close()


def compare(name: str, variants: list[Callable[[], Any]], arguments: argparse.Namespace) -> None:
    """Time the same work inline, with one running process and with several, in turn."""
    times: list[list[float]] = []
    for round_number in range(arguments.rounds + 1):
        seconds = [timed(work) for work in variants]
        if round_number:  # the first round starts workers and fills the page cache
            times.append(seconds)
    inline, by_one = (median(row[column] / row[2] for row in times) for column in (0, 1))
    print(
        f"{name}: {median(row[0] for row in times):.2f} s inline; {arguments.workers} processes are {inline:.2f} times "
        f"as fast, and {by_one:.2f} times as fast as one process"
    )


def measure_from_directory(pairs: int, rounds: int) -> None:
    """Find and pair empty files, in folders of 10,000."""
    with tempfile.TemporaryDirectory() as root:
        images, masks = Path(root, "images"), Path(root, "masks")
        for folder, suffix in ((images, ".jpg"), (masks, ".png")):
            for number in range(pairs):
                path = folder / str(number // 10_000) / f"frame_{number}{suffix}"
                if number % 10_000 == 0:
                    path.parent.mkdir(parents=True)
                path.touch()
        before = peak_megabytes()
        find = partial(SegmentationSequence.from_directory, images, masks, num_classes=CLASSES)
        paths = sum(sys.getsizeof(path) + 8 for sample in find().samples for path in sample)
        added = max(peak_megabytes() - before - paths / 2**20, 0)
        seconds = [(cpu_seconds(find), cpu_seconds(partial(walk, images, masks))) for _ in range(rounds)]
    print(
        f"from_directory of {pairs:,} pairs: {median(row[0] for row in seconds):.2f} s of CPU, "
        f"{median(row[0] / row[1] for row in seconds):.1f} times a bare walk of the folders, "
        f"{added:.0f} MB in addition to its {2 * pairs:,} paths"
    )


def walk(*folders: Path) -> None:
    """List all names."""
    for folder in folders:
        for _ in os.walk(folder):
            pass


def measure_many(pairs: int, rounds: int) -> None:
    """Create a sequence of many paths, and reshuffle it with each strategy."""
    images = [f"/data/train/images/{number:08}.jpg" for number in range(pairs)]
    masks = [f"/data/train/masks/{number:08}.png" for number in range(pairs)]
    before = peak_megabytes()
    start = time.perf_counter()
    sequence = SegmentationSequence(images, masks, num_classes=CLASSES)
    print(f"a sequence of {pairs:,} pairs: {time.perf_counter() - start:.2f} s, ", end="")
    print(f"{max(peak_megabytes() - before, 0):.0f} MB in addition to its {2 * pairs:,} paths")
    counts = some_counts(pairs)
    for strategy in STRATEGIES:
        sampler = make_sampler(
            strategy, num_samples=len(sequence.samples), length=pairs, seed=0, shuffle=True, counts=lambda: counts
        )
        seconds = [timed(lambda: sampler(epoch)) for epoch in range(rounds)]  # noqa: B023, called at once
        print(f"  order of an epoch, {strategy or 'plain'}: {median(seconds):.3f} s, at most {max(seconds):.3f} s")


def some_counts(samples: int) -> ClassCounts:
    """Generate counts: eight of twenty classes in each sample."""
    rng = np.random.default_rng(0)
    first = rng.integers(0, CLASSES - CLASSES_OF_A_SAMPLE + 1, (samples, 1))
    classes = (first + np.arange(CLASSES_OF_A_SAMPLE)).ravel()
    indptr = np.arange(samples + 1) * CLASSES_OF_A_SAMPLE
    return ClassCounts(indptr, classes, rng.integers(1, 100_000, len(classes)), CLASSES)


def cpu_seconds(work: Callable[[], Any]) -> float:
    """CPU time of one call, in seconds: unlike its duration, it is the same on a busy machine."""
    start = time.process_time()
    work()
    return time.process_time() - start


def timed(work: Callable[[], Any]) -> float:
    """Time one call, in seconds."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def peak_megabytes() -> float:
    """Peak memory of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
