"""Faults around worker processes: no hang, nothing lost, nothing left behind. Each test has a time limit."""

from __future__ import annotations

import gc
import os
import resource
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from leftovers import wait_until
from numbered import Numbered, Numbers
from small_pairs import COLORS, Pairs, write_pairs

from seqaug import Palette, SampleError, SegmentationSequence
from seqaug.core.batch import Batch
from seqaug.core.sample_request import SampleRequest
from seqaug.engines.processes import fork_server, pool, slots, worker_handle
from seqaug.engines.processes.engine import ProcessEngine
from seqaug.engines.processes.pool import Pool

PALETTE = Palette(COLORS, ignore=("void",))

pytestmark = pytest.mark.timeout(150)


def make(kind: type[SegmentationSequence] = Numbers, **arguments: Any) -> SegmentationSequence:
    settings = {"num_samples": 12, "num_classes": 1, "rescale": None, "shuffle": False, "batch_size": 4}
    return kind(**{**settings, "workers": 2, "use_multiprocessing": True, **arguments})


def pids(sequence: SegmentationSequence) -> list[int]:
    return sequence._loader._engine.pids  # type: ignore[attr-defined, no-any-return]


def shown(sequence: SegmentationSequence) -> list[int]:
    return [int(number) for x, _ in sequence for number in x[:, 0, 0, 0]]


def is_gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except FileNotFoundError:
        return True


@pytest.fixture
def no_exit_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait an hour for workers to exit by themselves, so that tests fail where the pool waits for that."""
    monkeypatch.setattr(worker_handle, "EXIT_TIMEOUT", 3600.0)


@pytest.fixture
def sleepers(tmp_path: Path) -> Iterator[Path]:
    """A file for the ids of processes that outlive their parents; they are killed."""
    file = tmp_path / "sleepers"
    file.write_text("")
    yield file
    for pid in file.read_text().split():
        os.kill(int(pid), signal.SIGKILL)


# Descriptors


def test_any_number_of_batches_needs_few_descriptors() -> None:
    with make(batch_size=1, workers=1) as sequence:
        expected = shown(sequence)
        before = len(os.listdir("/proc/self/fd"))
        held = [sequence[number % 12][0] for number in range(300)]
        assert len(os.listdir("/proc/self/fd")) <= before + 2
        assert [int(x[0, 0, 0, 0]) for x in held] == expected * 25


def test_a_pool_survives_a_lack_of_descriptors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "_MIN_BACKOFF", 0.01)
    with make(workers=1) as sequence:
        assert shown(sequence) == list(range(12))
        (victim,) = pids(sequence)
        limits = resource.getrlimit(resource.RLIMIT_NOFILE)
        with make(workers=1) as other:
            other[0]
            resource.setrlimit(resource.RLIMIT_NOFILE, (len(os.listdir("/proc/self/fd")) - 1, limits[1]))
            try:
                os.kill(victim, signal.SIGKILL)
                with pytest.raises(RuntimeError, match=r"ended before they were ready \(.*Too many open files"):
                    sequence[0]
                assert len(other[1][0]) == 4, "living workers go on"
            finally:
                resource.setrlimit(resource.RLIMIT_NOFILE, limits)
        assert shown(sequence) == list(range(12))


STARTING = {
    "other program": "os.system(f'sleep 300 & echo $! >> {FILE}')",
    "fork": """
        pid = os.fork()
        if pid == 0:
            time.sleep(300)
            os._exit(0)
        with open(FILE, "a") as file:
            print(pid, file=file)
    """,
}


@pytest.mark.parametrize("starting", STARTING.values(), ids=STARTING)
def test_a_death_is_noticed_while_the_workers_children_live(
    tmp_path: Path, sleepers: Path, starting: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "starting.py").write_text(
        f"import os, time\nFILE = {str(sleepers)!r}\ndef start():\n"
        + textwrap.indent(textwrap.dedent(starting), "    ")
    )
    monkeypatch.syspath_prepend(tmp_path)

    class Starting(Numbers):
        def load(self, index: int) -> Any:
            import starting

            if index == 0:
                starting.start()
            return super().load(index)

    with make(Starting, workers=1) as sequence:
        sequence[0]
        (victim,) = pids(sequence)
        os.kill(victim, signal.SIGKILL)
        wait_until(lambda: pids(sequence) not in ([], [victim]), "the worker is replaced")
        assert sequence[1][0][0, 0, 0, 0] == 4
    assert not any(is_gone(int(pid)) for pid in sleepers.read_text().split())


@pytest.mark.usefixtures("no_exit_timeout")
def test_close_does_not_wait_for_a_living_fork(sleepers: Path) -> None:
    with make() as sequence:
        assert shown(sequence) == list(range(12))
        workers, pid = pids(sequence), os.fork()
        if pid == 0:
            time.sleep(300)
            os._exit(0)
        sleepers.write_text(str(pid))
        sequence.close()
        assert all(is_gone(worker) for worker in workers)


@pytest.mark.usefixtures("no_exit_timeout")
def test_close_does_not_wait_for_a_stopped_worker() -> None:
    with make() as sequence:
        assert shown(sequence) == list(range(12))
        workers = pids(sequence)
        os.kill(workers[0], signal.SIGSTOP)
    assert all(is_gone(worker) for worker in workers)


def run_script(text: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a script that may use `make` and `shown`."""
    (folder / "script.py").write_text(SCRIPT + textwrap.dedent(text))
    return subprocess.run(
        [sys.executable, "script.py"], cwd=folder, stdout=subprocess.PIPE, text=True, timeout=140, check=False
    )


SCRIPT = """
import os, signal, sys, time
import numpy as np
from seqaug import SegmentationSequence

class Numbers(SegmentationSequence):
    def load(self, index):
        return {"image": np.full((8, 8), index, np.uint8), "mask": np.zeros((8, 8), np.uint8)}

def make(**arguments):
    settings = dict(num_samples=12, num_classes=1, rescale=None, shuffle=False, batch_size=4, workers=2)
    return Numbers(**{**settings, **arguments})

def shown(sequence):
    return [int(number) for x, _ in sequence for number in x[:, 0, 0, 0]]
"""


def test_workers_end_with_their_process_while_a_fork_lives_on(tmp_path: Path, sleepers: Path) -> None:
    done = run_script(
        f"""
        sequence = make(use_multiprocessing=True)
        shown(sequence)
        pid = os.fork()
        if pid == 0:
            os.close(1)
            time.sleep(300)
            os._exit(0)
        open({str(sleepers)!r}, "w").write(str(pid))
        print(*sequence._loader._engine.pids, flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
        """,
        tmp_path,
    )
    workers = [int(pid) for pid in done.stdout.split()]
    assert len(workers) == 2
    wait_until(lambda: all(is_gone(worker) for worker in workers), "the workers end")
    assert not is_gone(int(sleepers.read_text()))


# Deaths at start


@pytest.fixture
def gate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a file for each fork server, or each worker that is not forked, that may still start."""
    folder = tmp_path / "gate"
    folder.mkdir()
    program = tmp_path / "python"
    start = f'for token in "{folder}"/*; do rm "$token" 2>/dev/null && exec "{sys.executable}" "$@"; done'
    program.write_text(f"#!/bin/sh\n{start}\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(program))
    return folder


def test_living_workers_go_on_if_others_cannot_start(gate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "_MIN_BACKOFF", 0.01)
    monkeypatch.setattr(fork_server, "FORKS", False)
    (gate / "one").touch()
    with make() as sequence:
        for _ in range(3):
            assert shown(sequence) == list(range(12))
        seats = sequence._loader._engine._pool._vacant  # type: ignore[attr-defined]
        wait_until(lambda: any(seat.startup_failures > 4 for seat in seats), "the vacant seat is retried")
        assert shown(sequence) == list(range(12))
        assert len(pids(sequence)) <= 2
        (gate / "one").touch()
        wait_until(lambda: len(pids(sequence)) == 2 and not seats, "the vacant seat is taken")
        assert shown(sequence) == list(range(12))
        # If the last worker dies and none can start, it is an error, and no hang.
        for worker in pids(sequence):
            os.kill(worker, signal.SIGKILL)
        with pytest.raises(RuntimeError, match=r"3 worker processes ended before they were ready \(exit status 1\)"):
            shown(sequence)
        (gate / "one").touch()
        (gate / "two").touch()
        assert shown(sequence) == list(range(12))


def test_workers_go_on_if_their_fork_server_dies(gate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "_MIN_BACKOFF", 0.01)
    (gate / "one").touch()
    with make() as sequence:
        assert shown(sequence) == list(range(12))
        wait_until(lambda: len(pids(sequence)) == 2, "both workers start")
        first, second = pids(sequence)
        (server,) = {worker._server.pid for worker in sequence._loader._engine._pool._workers}  # type: ignore[attr-defined]
        os.kill(server, signal.SIGKILL)
        assert shown(sequence) == list(range(12))
        os.kill(first, signal.SIGKILL)
        seats = sequence._loader._engine._pool._vacant  # type: ignore[attr-defined]
        wait_until(lambda: any(seat.startup_failures > 4 for seat in seats), "the vacant seat is retried")
        assert shown(sequence) == list(range(12))
        assert pids(sequence) == [second]
        (gate / "one").touch()
        wait_until(lambda: len(pids(sequence)) == 2 and not seats, "the vacant seat is taken")
        assert shown(sequence) == list(range(12))
    wait_until(lambda: is_gone(second), "a worker without its parent ends")


# Memory


@pytest.mark.parametrize("removes", [True, False])
def test_the_memory_does_not_grow_with_batches_of_unlike_sizes(
    tmp_path: Path, removes: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not removes:
        monkeypatch.setattr(slots, "can_free_pages", lambda: False)
    parts = [write_pairs(tmp_path / str(size), 2, height=size, width=2 * size) for size in (64, 8, 96, 16, 48)]
    pairs = Pairs(
        [path for part in parts for path in part.images], [path for part in parts for path in part.masks], *parts[0][2:]
    )
    arguments: dict[str, Any] = {"palette": PALETTE, "shuffle": True, "batch_size": 1, "max_queue_size": 2}
    with SegmentationSequence(pairs.images, pairs.masks, workers=2, use_multiprocessing=True, **arguments) as sequence:
        sizes = []
        for epoch in range(16):
            sequence.set_epoch(epoch)
            for _ in sequence:
                pass
            gc.collect()
            sizes.append(os.fstat(sequence._loader._engine._pool._slot_pool.descriptor).st_size)  # type: ignore[attr-defined]
        assert max(sizes) <= 24 * 96 * 192 * 14, "about as many as can be in flight"
        assert sizes[-1] <= 2 * sizes[3]


# The life of a pool


def test_an_idle_pool_stops_and_restarts(monkeypatch: pytest.MonkeyPatch) -> None:
    with make() as sequence:
        sequence._loader._engine._idle_seconds = 0.01  # type: ignore[attr-defined]
        expected = [x.tobytes() for x, _ in sequence]
        wait_until(lambda: not pids(sequence), "the pool ends")
        wait_until(lambda: "seqaug-pool" not in {thread.name for thread in threading.enumerate()}, "and its thread")
        for number in range(3):
            assert sequence[number][0].tobytes() == expected[number]


def test_a_batch_in_the_memory_of_a_stopped_pool() -> None:
    """Samples are skipped after a long pause: one pool has made the first rows, and the next one makes the rest."""
    engine, processor = ProcessEngine(1, slots=2), Numbered()
    try:
        other, batch = Batch(4), Batch(4)
        first = [
            engine.submit(processor, {row: SampleRequest(10 * number + row, 0, row) for row in range(4)}, made)
            for number, made in enumerate((other, batch))
        ]
        assert [rows.result() for rows in first] == [[], []]
        engine.close()
        beside = Batch(4)  # at the batch's offset, in the new pool
        engine.submit(processor, {row: SampleRequest(50 + row, 0, row) for row in range(4)}, beside).result()
        for row, index in ((2, 99), (0, 98)):
            assert engine.submit(processor, {row: SampleRequest(index, 0, row)}, batch).result() == []
        seen = [made.arrays["image"].reshape(4, -1)[:, 0].tolist() for made in (other, batch, beside)]
        assert seen == [[0, 1, 2, 3], [98, 11, 99, 13], [50, 51, 52, 53]]
    finally:
        engine.close()


def test_a_processor_that_is_garbage_before_its_submission_is_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    """A submission in the inbox, and the report that its processor is garbage, at the same time."""
    unload_garbage = Pool._unload_garbage
    late: list[Any] = []

    def unload_late(self: Pool) -> None:
        if not late:
            late.append(self.submit(Numbered(), {0: SampleRequest(1, 0, 0)}, Batch(1)))
            gc.collect()
        unload_garbage(self)

    monkeypatch.setattr(Pool, "_unload_garbage", unload_late)
    engine, processor = ProcessEngine(1, slots=2), Numbered()
    try:
        for _ in range(2):
            assert engine.submit(processor, {0: SampleRequest(7, 0, 0)}, Batch(1)).result() == []
        assert late[0].result() == []
        assert engine._pool is not None
        assert list(engine._pool._shared) == [engine._pool._processors.get(processor).number]
    finally:
        engine.close()


# Paths


@pytest.mark.parametrize("name", ["json.py", "pickle.py", "socket.py"])
def test_modules_of_the_working_directory_named_like_standard_ones(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / name).write_text("raise RuntimeError('not this one')\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", ["", tmp_path, *sys.path])  # a Path, which Python ignores
    with make(workers=1) as sequence:
        assert shown(sequence) == list(range(12))


@pytest.mark.parametrize(("workers", "processes"), [(0, False), (2, False), (2, True)])
def test_relative_paths_mean_the_same_in_every_engine(
    tmp_path: Path, workers: int, processes: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    pairs = write_pairs(tmp_path / "data", 4)
    monkeypatch.chdir(tmp_path)
    images, masks = ([os.path.relpath(path) for path in paths] for paths in (pairs.images, pairs.masks))
    arguments: dict[str, Any] = {"workers": workers, "use_multiprocessing": processes, "palette": PALETTE}
    with SegmentationSequence(images, masks, **arguments) as sequence:
        first = sequence[0][0].tobytes()
        (tmp_path / "other").mkdir()
        monkeypatch.chdir(tmp_path / "other")
        with pytest.raises(SampleError, match="no such file"):
            sequence[0]
        monkeypatch.chdir(tmp_path)
        assert sequence[0][0].tobytes() == first
