"""Cost of many pairs and many workers, part by part: measured, or extrapolated by a formula.

python scripts/benchmarks/simulate_scale.py
python scripts/benchmarks/simulate_scale.py --pairs 1000000 --workers 100

Measures, without files or a cluster, the work of the main process: the index, orders, splits, results of a scan, and
batches. A simulated cluster of `--workers` answers each batch after the time that a worker needs for it, which measures
the main process at that many answers per second. Prints the table of docs/scale.md: each line says what was measured,
or the formula.
"""

from __future__ import annotations

import argparse
import gc
import pickle
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from scale import CLASSES, CLASSES_OF_A_SAMPLE, STRATEGIES, some_counts, timed
from simulate_workers import Line, cluster_lines, engine_lines

import seqaug
from seqaug.reading.masks import read_class_ids
from seqaug.sampling.factory import make_sampler
from seqaug.sources.discovery.pairing import pair_directories
from seqaug.sources.split import split_samples
from seqaug.statistics.partial import PartialCounts
from seqaug.statistics.store import ScanStore, mask_fingerprints

BATCH = 16
SIZE = 256
ROWS_AT_ONCE = 64
LISTED = 20_000


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=10_000_000, help="image/mask pairs (%(default)s)")
    parser.add_argument("--workers", type=int, default=1000, help="workers of the simulated cluster (%(default)s)")
    parser.add_argument("--sample-ms", type=float, default=8.0, help="time of a worker per sample (%(default)s)")
    parser.add_argument("--seconds", type=float, default=5.0, help="seconds to measure each engine (%(default)s)")
    arguments = parser.parse_args()
    print(f"| {arguments.pairs:,} pairs, {arguments.workers:,} workers | | how |\n|---|---:|---|")
    parts = (
        listing_lines(arguments.pairs),
        index_lines(arguments.pairs),
        scan_lines(arguments.pairs, arguments.workers),
        engine_lines(BATCH, SIZE, arguments.seconds),
        cluster_lines(arguments.workers, arguments.sample_ms / 1000, BATCH, SIZE, arguments.seconds),
    )
    for what, value, how in chain(*parts):
        print(f"| {what} | {value} | {how} |", flush=True)


def listing_lines(pairs: int) -> Iterator[Line]:
    """Measure the pairing of folders."""
    listed = min(LISTED, pairs)
    with tempfile.TemporaryDirectory() as folder:
        for kind in ("images", "masks"):
            Path(folder, kind).mkdir()
            for number in range(listed):
                Path(folder, kind, f"{number:08}.png").touch()
        each = timed(lambda: pair_directories(f"{folder}/images", f"{folder}/masks")) / listed
    yield (
        "pairing two folders, per pair",
        f"{each * 1e6:.0f} us",
        f"`from_directory` over {listed:,} pairs",
    )
    yield "all pairs", f"{pairs * each:.0f} s", "pairs x that; lists of paths (CSV) skip it"


def index_lines(pairs: int) -> Iterator[Line]:
    """Measure index, orders and splits."""
    with memory() as listed:
        images = [f"/data/train/images/{number:08}.jpg" for number in range(pairs)]
        masks = [f"/data/train/masks/{number:08}.png" for number in range(pairs)]
    yield "paths, as Python strings", listed(), f"{2 * pairs:,} strings of 31 or 30 characters, and their lists"
    with memory() as held:
        start = time.perf_counter()
        sequence = seqaug.SegmentationSequence(images, masks, num_classes=CLASSES)
        seconds = time.perf_counter() - start
    yield (
        "a sequence of all pairs",
        f"{seconds:.2f} s, {held()}",
        "the memory is in addition to the paths",
    )
    start = time.perf_counter()
    packed = pickle.dumps(sequence.samples, protocol=5)
    yield (
        "the paths, packed for worker processes",
        f"{time.perf_counter() - start:.1f} s, {megabytes(len(packed))}",
        "once per run; one copy per machine",
    )
    del packed, sequence, images, masks
    counts = some_counts(pairs)
    for strategy in STRATEGIES:
        start = time.perf_counter()
        sampler = make_sampler(strategy, num_samples=pairs, length=pairs, seed=0, shuffle=True, counts=lambda: counts)
        made = time.perf_counter()
        indices = sampler(1)
        ended = time.perf_counter()
        size = sum(array.nbytes for array in indices if array is not None)
        name = "plain" if strategy is None else f"`{strategy}`"
        figures = f"{ended - made:.2f} s, {megabytes(size)}"
        yield f"order of an epoch, {name}", figures, f"{made - start:.1f} s once, before the first epoch"
        del indices, sampler
    seconds = timed(lambda: split_samples(pairs, 0.1, 0))
    yield "a split", f"{seconds:.1f} s", "once"
    seconds = timed(lambda: split_samples(pairs, 0.1, 0, counts))
    yield "a stratified split", f"{seconds:.1f} s", f"once; {CLASSES} classes, {CLASSES_OF_A_SAMPLE} in each sample"


def scan_lines(pairs: int, workers: int) -> Iterator[Line]:
    """Measure a scan of all masks, in the workers and in the main process."""
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "mask.png")
        ids = cv2.resize(np.random.default_rng(0).integers(0, CLASSES, (8, 8), np.uint8), (480, 360), interpolation=0)
        cv2.imwrite(path, ids)
        each = repeated(lambda: np.bincount(read_class_ids(path).ravel(), minlength=CLASSES))
        yield "reading and counting a mask", f"{each * 1000:.2f} ms", "480x360 PNG of ids, from a warm disk"
        yield "all masks, by the workers", f"{pairs * each / workers:.0f} s", "pairs x that / workers"
        partial = PartialCounts(pairs, CLASSES)
        rows = np.zeros((ROWS_AT_ONCE, CLASSES + 1), np.uint32)
        rows[:, :CLASSES_OF_A_SAMPLE] = 1000
        with memory() as held:
            start = time.perf_counter()
            for first in range(0, pairs - ROWS_AT_ONCE + 1, ROWS_AT_ONCE):
                partial.add(np.arange(first, first + ROWS_AT_ONCE), rows)
            seconds = time.perf_counter() - start
        yield "collecting their counts", f"{seconds:.0f} s, {held()}", "in the main process"
        start = time.perf_counter()
        fingerprints = mask_fingerprints(
            f"/data/train/masks/{number:08}.png\0123456 1700000000" for number in range(pairs)
        )
        yield (
            "fingerprints of the masks",
            f"{time.perf_counter() - start:.0f} s",
            "in the main process, without disk access",
        )
        store = ScanStore(folder, "simulated", CLASSES)
        seconds = timed(lambda: store.save(fingerprints, partial))
        size = megabytes(store.path.stat().st_size)
        yield "saving the scan", f"{seconds:.1f} s, {size}", "12 + 8 bytes per sample and 6 per class in it"
        yield "loading it", f"{timed(lambda: store.load(fingerprints)):.1f} s", "in a later run"


def repeated(work: Callable[[], Any], times: int = 200) -> float:
    """Mean seconds of a call."""
    return timed(lambda: [work() for _ in range(times)]) / times


@contextmanager
def memory() -> Iterator[Callable[[], str]]:
    """Measure the growth of this process's memory inside the block."""
    gc.collect()
    before = resident()
    grown = 0

    def growth() -> str:
        return megabytes(max(grown, 0))

    yield growth
    grown = resident() - before


def resident() -> int:
    """Resident memory of this process, in bytes."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * resource.getpagesize()


def megabytes(size: float) -> str:
    """Format bytes as MB or GB."""
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.0f} MB"


if __name__ == "__main__":
    main()
