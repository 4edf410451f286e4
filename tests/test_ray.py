"""Ray as an executor, on this machine."""

import subprocess
import sys
import threading
from concurrent.futures import Executor, wait
from typing import Any

import numpy as np
import pytest

ray = pytest.importorskip("ray")


def add(one: Any, other: Any = 1) -> Any:
    return one + other


def fail() -> None:
    raise ValueError("failed there")


def test_it_does_what_an_executor_does(ray_executor: Executor) -> None:
    assert ray_executor.submit(add, 1, other=2).result() == 3
    assert list(ray_executor.map(add, [1, 2, 3], [10, 20, 30])) == [11, 22, 33]
    with pytest.raises(ValueError, match="failed there"):
        ray_executor.submit(fail).result()
    assert ray_executor._max_workers == 2  # type: ignore[attr-defined]


def test_arrays_are_views_of_the_object_store(ray_executor: Executor) -> None:
    array = ray_executor.submit(np.ones, (512, 512)).result()
    assert array.sum() == 512 * 512
    assert not array.flags.writeable


def test_large_bytes_travel_once(ray_executor: Executor, monkeypatch: pytest.MonkeyPatch) -> None:
    put: list[int] = []
    original = ray.put
    monkeypatch.setattr(ray, "put", lambda value: put.append(len(value)) or original(value))
    large, other = b"x" * 200_000, b"y" * 200_000
    lengths = [ray_executor.submit(len, data).result() for data in (large, other, large, b"small", large)]
    assert lengths == [200_000, 200_000, 200_000, 5, 200_000]
    assert put == [200_000, 200_000]


def test_a_task_that_waits_can_be_given_up(ray_executor: Executor) -> None:
    from seqaug.ray import RayExecutor

    class Gate:
        def __init__(self) -> None:
            self.event = threading.Event()

        def open(self) -> None:
            self.event.set()

        def passed(self) -> bool:
            return self.event.wait(60)

    gate = ray.remote(num_cpus=0, max_concurrency=4)(Gate).remote()
    with RayExecutor() as executor:
        begun = [executor.submit(lambda: ray.get(gate.passed.remote())) for _ in range(2)]
        waiting = [executor.submit(add, number) for number in range(3)]
        assert waiting[1].cancel()
        ray.get(gate.open.remote())
        wait(begun)
        assert [future.result() for future in (waiting[0], waiting[2])] == [1, 3]
        assert waiting[1].cancelled()
    assert ray.is_initialized(), "Ray was there before"
    with pytest.raises(RuntimeError, match="after shutdown"):
        executor.submit(add, 1)


def test_it_is_reached_from_the_package() -> None:
    code = "import sys, seqaug; assert 'ray' not in sys.modules; print(seqaug.ray.RayExecutor.__name__)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "RayExecutor", done.stderr


def test_without_ray_it_says_what_to_install() -> None:
    code = "import sys, seqaug; sys.modules['ray'] = None; seqaug.ray"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert 'expected Ray: pip install "seqaug[ray]"' in done.stderr
