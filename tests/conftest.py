"""Fixtures that several test modules share: small generated pairs, servers, executors, and CamVid if present."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import fsspec
import pytest
from file_server import FileServer, serving
from hypothesis import settings
from small_pairs import Pairs, write_pairs

from seqaug.reading import images as image_reading
from seqaug.remote import retry

# No deadline: the time of an example depends on the load of the machine.
settings.register_profile("seqaug", deadline=None)
settings.load_profile("seqaug")


@pytest.fixture
def pairs(tmp_path: Path) -> Pairs:
    """Six pairs of 24x32 pixels."""
    return write_pairs(tmp_path / "data")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[FileServer]:
    """An HTTP server of the test's folder, with index pages."""
    with serving(tmp_path) as served:
        yield served


@pytest.fixture
def memory() -> Iterator[Any]:
    """The file system of `memory://`, empty."""
    filesystem = fsspec.filesystem("memory")
    filesystem.store.clear()
    filesystem.pseudo_dirs[:] = [""]
    yield filesystem
    filesystem.store.clear()
    filesystem.pseudo_dirs[:] = [""]


@pytest.fixture
def without_delays(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retry remote files without delay."""
    monkeypatch.setattr(retry, "_DELAYS", (0.0, 0.0))


@pytest.fixture(scope="session")
def camvid() -> Path:
    """The folder of the CamVid sample, next to the checkout."""
    folder = Path(__file__).resolve().parents[2] / "shared" / "camvid"
    if not folder.is_dir():
        pytest.skip("the CamVid sample is missing")
    return folder


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Files decoded in this process, as "folder/name"."""
    names: list[str] = []
    decode = image_reading.decode

    def recording_decode(path: Any, data: bytes, flags: int) -> Any:
        names.append("/".join(Path(path).parts[-2:]))
        return decode(path, data, flags)

    monkeypatch.setattr(image_reading, "decode", recording_decode)
    return names


@pytest.fixture(scope="module")
def process_pool() -> Iterator[Executor]:
    """A `ProcessPoolExecutor` of two processes."""
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        yield pool


@pytest.fixture(scope="module")
def dask_client() -> Iterator[Any]:
    """A client of a local Dask cluster with two worker processes."""
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0") as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


@pytest.fixture(scope="module")
def ray_executor() -> Iterator[Executor]:
    """An executor of a local Ray cluster with two workers."""
    ray = pytest.importorskip("ray")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
        from seqaug.ray import RayExecutor

        with RayExecutor() as executor:
            yield executor
        ray.shutdown()


@pytest.fixture(params=["threads", "processes", "dask", "ray"])
def executor(request: pytest.FixtureRequest) -> Iterator[Executor]:
    """Each kind of executor, with two workers."""
    if request.param == "threads":
        with ThreadPoolExecutor(2) as pool:
            yield pool
    elif request.param == "dask":
        yield request.getfixturevalue("dask_client").get_executor()
    else:
        yield request.getfixturevalue({"processes": "process_pool", "ray": "ray_executor"}[request.param])
