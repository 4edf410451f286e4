"""Measure the cost of caches in our processes: a job as JSON on standard input, one line of JSON on standard output.

The first epoch, which fills the cache, is timed without a cache and with an empty one of each kind, in turn, once
warm-up samples have started the workers. Memory is measured some epochs later.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from job import Job
from sequence import make_sequence
from usage import cpu_seconds, private_megabytes, shared_megabytes

# About a second of work: fewer would be noisy, and more would not change the result.
SAMPLES = 256
WARM_UP_BATCHES = 4
EPOCHS = 3  # before memory is measured

Costs = dict[str, float | None]


def measure(job: Job) -> dict[str, Any]:
    """Measure each kind of cache several times: a list of results each, "none" for no cache.

    Results at the same position of the lists are comparable: the machine had about the same speed.
    """
    pairs = links(job)
    results: dict[str, list[Costs]] = {kind: [] for kind in ("none", *job.options["caches"])}
    for number in range(job.options["repeats"]):
        # In alternating order, so that none is always first.
        for kind in list(results)[:: -1 if number % 2 else 1]:
            results[kind].append(costs(job, None if kind == "none" else kind, pairs))
    return {"decoded_megabytes": decoded_megabytes(job, pairs), "results": results}


def links(job: Job) -> dict[str, list[str]]:
    """Create a symbolic link per sample, so that caches see as many different files."""
    folder = Path(tempfile.mkdtemp(dir=job.folder))
    linked: dict[str, list[str]] = {}
    for kind, paths in {"images": job.images, "masks": job.masks}.items():
        (folder / kind).mkdir()
        targets = np.resize(paths, WARM_UP_BATCHES * job.batch_size + SAMPLES)
        linked[kind] = [str(folder / kind / f"{number}{Path(path).suffix}") for number, path in enumerate(targets)]
        for link, path in zip(linked[kind], targets, strict=True):
            Path(link).symlink_to(Path(path).resolve())
    return linked


def costs(job: Job, cache: str | None, pairs: dict[str, list[str]]) -> Costs:
    """Measure a first epoch, and memory some epochs later."""
    with make_sequence(job, cache, shuffle=False, **pairs) as sequence:
        batches = iter(sequence)
        for _ in islice(batches, WARM_UP_BATCHES):
            pass
        cpu_before, start = cpu_seconds(), time.perf_counter()
        for _ in batches:
            pass
        seconds, cpu_after = time.perf_counter() - start, cpu_seconds()
        for _ in range(EPOCHS - 1):
            sequence.on_epoch_end()
            for _ in sequence:
                pass
        return {
            "first_epoch_seconds": seconds,
            "first_epoch_cpu_seconds": None if cpu_before is None or cpu_after is None else cpu_after - cpu_before,
            "private_megabytes": private_megabytes(),
            "shared_megabytes": shared_megabytes(),
        }


def decoded_megabytes(job: Job, pairs: dict[str, list[str]]) -> float:
    """Sum the sizes of the decoded samples: RGB images, and a byte of class id per pixel."""
    with make_sequence(job, None, **pairs) as sequence:
        images = [sequence.samples.load(index)["image"] for index in range(len(sequence.samples))]
    return sum(image.nbytes + image[..., 0].size for image in images) / 1e6


def main() -> None:
    """Run the job of standard input."""
    print(json.dumps(measure(Job(**json.load(sys.stdin)))), flush=True)


if __name__ == "__main__":
    main()
