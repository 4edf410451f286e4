"""Contenders: this package with local Dask and Ray clusters of as many worker processes as the others."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from typing import Any

from job import Job
from sequence import make_sequence


@contextmanager
def dask_executor(workers: int) -> Iterator[Executor]:
    """Yield the executor of a local Dask cluster of processes."""
    from distributed import Client, LocalCluster

    with (
        LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=":0") as cluster,
        # Otherwise every batch passes through the scheduler.
        Client(cluster, direct_to_workers=True) as client,
    ):
        yield client.get_executor()


@contextmanager
def ray_executor(workers: int) -> Iterator[Executor]:
    """Yield the executor of a local Ray cluster of processes."""
    import ray

    from seqaug.ray import RayExecutor

    ray.init(num_cpus=workers, include_dashboard=False, log_to_driver=False)
    try:
        with RayExecutor() as executor:
            yield executor
    finally:
        ray.shutdown()


EXECUTORS = {"dask": dask_executor, "ray": ray_executor}


def batches(job: Job) -> Iterator[Any]:
    """Iterate over epochs endlessly."""
    length = {"samples_per_epoch": job.samples_per_epoch, "drop_remainder": True}
    with (
        EXECUTORS[job.options["executor"]](job.workers) as executor,
        make_sequence(job, None, executor=executor, **length) as sequence,
    ):
        while True:
            yield from sequence
            sequence.on_epoch_end()
