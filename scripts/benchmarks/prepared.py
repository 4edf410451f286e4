"""Speed of epochs from a cache, with `Resize` in `prepare` and in the transform, and the sizes of the caches.

python scripts/benchmarks/prepared.py
python scripts/benchmarks/prepared.py --workers 0 --cache directory

The first epoch fills the cache and is not counted. The epochs after it are timed in turn, so that both cases see the
same machine.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import Any

import albumentations as A  # noqa: N812, its own abbreviation
import cv2
from pairs import write_pairs

from seqaug import Palette, SegmentationSequence
from seqaug.cache.maintenance import cache_contents

PALETTE = "camvid"
BATCH_SIZE = 4


def main() -> None:
    """Run the benchmark, and print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--height", type=int, default=1024, help="height of the files (%(default)s)")
    parser.add_argument("--width", type=int, default=2048, help="width of the files (%(default)s)")
    parser.add_argument("--samples", type=int, default=32, help="number of pairs (%(default)s)")
    parser.add_argument("--rounds", type=int, default=5, help="timed epochs of each case (%(default)s)")
    parser.add_argument("--workers", type=int, default=2, help="worker processes; 0: inline (%(default)s)")
    parser.add_argument("--cache", choices=["memory", "directory"], default="memory", help="kind (%(default)s)")
    arguments = parser.parse_args()

    cv2.setNumThreads(1)
    resize, flip = A.Resize(arguments.height // 2, arguments.width // 2), A.HorizontalFlip()
    cases: dict[str, dict[str, Any]] = {
        "Resize in the transform": {"transform": A.Compose([resize, flip])},
        "prepare=Resize": {"prepare": resize, "transform": flip},
    }
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        pairs = write_pairs(
            Path(folder), Palette.named(PALETTE), arguments.samples, height=arguments.height, width=arguments.width
        )
        sequences = {}
        for number, (name, transforms) in enumerate(cases.items()):
            cache = "memory" if arguments.cache == "memory" else f"{folder}/cache{number}"
            sequences[name] = stack.enter_context(sequence(pairs, cache, arguments.workers, **transforms))
        speeds = {name: [] for name in cases}
        for epoch in range(arguments.rounds + 1):
            for name, samples in sequences.items():
                speed = samples_per_second(samples)
                if epoch:  # the first fills the cache
                    speeds[name].append(speed)
        sizes = {}
        for number, (name, transforms) in enumerate(cases.items()):
            with sequence(pairs, f"{folder}/cache{number}", 0, **transforms) as kept:
                kept.warm_cache()
            sizes[name] = cache_contents(f"{folder}/cache{number}").size
    first = next(iter(cases))
    print("| case | samples/s | ratio | cache | ratio |")
    print("|------|----------:|------:|------:|------:|")
    for name in cases:
        speed, size = median(speeds[name]), sizes[name]
        print(
            f"| {name} | {speed:.1f} | {speed / median(speeds[first]):.2f} | {size / 1e6:.1f} MB "
            f"| {size / sizes[first]:.2f} |"
        )


def sequence(pairs: tuple[Path, Path], cache: str, workers: int, **transforms: Any) -> SegmentationSequence:
    """Create a sequence with a cache."""
    return SegmentationSequence.from_directory(
        *pairs,
        batch_size=BATCH_SIZE,
        palette=PALETTE,
        cache=cache,
        workers=workers,
        use_multiprocessing=workers > 0,
        **transforms,
    )


def samples_per_second(samples: SegmentationSequence) -> float:
    """Run one epoch."""
    start = time.perf_counter()
    for _ in samples:
        pass
    seconds = time.perf_counter() - start
    samples.on_epoch_end()
    return len(samples.samples) / seconds


if __name__ == "__main__":
    main()
