"""Measure what a cache costs our processes: a job as JSON on standard input, one line of JSON on standard output.

The first epoch, which fills the cache, is timed in turn without one and with each kind, always an empty one, in
sequences whose workers are busy already, with samples that do not count. Then, some epochs later, memory is looked at.
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

# As many as take a second or so: a larger data set would say the same, and a smaller one nothing certain.
SAMPLES = 256
WARM_UP_BATCHES = 4
EPOCHS = 3  # before memory is looked at

Costs = dict[str, float | None]


def measure(job: Job) -> dict[str, Any]:
    """Measure every kind of cache several times: a list of results each, "none" for the run without.

    Results of the same place in the lists belong together: the machine was about as fast.
    """
    pairs = links(job)
    results: dict[str, list[Costs]] = {kind: [] for kind in ("none", *job.options["caches"])}
    for number in range(job.options["repeats"]):
        # There and back, so that none is always the first.
        for kind in list(results)[:: -1 if number % 2 else 1]:
            results[kind].append(costs(job, None if kind == "none" else kind, pairs))
    return {"decoded_megabytes": decoded_megabytes(job, pairs), "results": results}


def links(job: Job) -> dict[str, list[str]]:
    """Give the files as many names, by which caches tell them apart, as there are to be samples."""
    folder = Path(tempfile.mkdtemp(dir=job.folder))
    made: dict[str, list[str]] = {}
    for kind, paths in {"images": job.images, "masks": job.masks}.items():
        (folder / kind).mkdir()
        wanted = np.resize(paths, WARM_UP_BATCHES * job.batch_size + SAMPLES)
        made[kind] = [str(folder / kind / f"{number}{Path(path).suffix}") for number, path in enumerate(wanted)]
        for link, path in zip(made[kind], wanted, strict=True):
            Path(link).symlink_to(Path(path).resolve())
    return made


def costs(job: Job, cache: str | None, pairs: dict[str, list[str]]) -> Costs:
    """Measure one first epoch, and where the memory is some epochs later."""
    with make_sequence(job, cache, shuffle=False, **pairs) as sequence:
        batches = iter(sequence)
        for _ in islice(batches, WARM_UP_BATCHES):
            pass
        used, begin = cpu_seconds(), time.perf_counter()
        for _ in batches:
            pass
        seconds, used_now = time.perf_counter() - begin, cpu_seconds()
        for _ in range(EPOCHS - 1):
            sequence.on_epoch_end()
            for _ in sequence:
                pass
        return {
            "first_epoch_seconds": seconds,
            "first_epoch_cpu_seconds": None if used is None or used_now is None else used_now - used,
            "private_megabytes": private_megabytes(),
            "shared_megabytes": shared_megabytes(),
        }


def decoded_megabytes(job: Job, pairs: dict[str, list[str]]) -> float:
    """Add up the decoded samples: an RGB image, and one byte of class id a pixel."""
    with make_sequence(job, None, **pairs) as sequence:
        images = [sequence.samples.load(index)["image"] for index in range(len(sequence.samples))]
    return sum(image.nbytes + image[..., 0].size for image in images) / 1e6


def main() -> None:
    """Measure what standard input says."""
    print(json.dumps(measure(Job(**json.load(sys.stdin)))), flush=True)


if __name__ == "__main__":
    main()
