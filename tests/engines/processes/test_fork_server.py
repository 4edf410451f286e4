"""The process that workers are forked from: what they inherit, and what they do not."""

from __future__ import annotations

import os
import signal
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from leftovers import descendants, wait_until
from numbered import Numbers

from seqaug import SegmentationSequence
from seqaug.engines.processes import fork_server


def make(kind: type[SegmentationSequence] = Numbers, **arguments: Any) -> SegmentationSequence:
    settings = {"num_samples": 12, "num_classes": 1, "rescale": None, "shuffle": False, "batch_size": 4}
    return kind(**{**settings, "workers": 2, "use_multiprocessing": True, **arguments})


def first(sequence: SegmentationSequence) -> list[int]:
    return sequence[0][0][:, 0, 0, 0].tolist()


def servers(*sequences: SegmentationSequence) -> set[int]:
    pools = [sequence._loader._engine._pool for sequence in sequences]  # type: ignore[attr-defined]
    return {worker._server.pid for pool in pools for worker in pool._workers}


def test_all_sequences_share_one_and_it_ends_with_their_workers() -> None:
    before = set(descendants(zombies=True))
    with make() as train, make(workers=1) as validation:
        assert first(train) == first(validation) == [0, 1, 2, 3]
        (server,) = servers(train, validation)
        train.close()
        assert servers(validation) == {server}
        assert first(train) == [0, 1, 2, 3]
        assert servers(train, validation) == {server}
    assert not set(descendants(zombies=True)) - before


def test_one_that_was_killed_is_replaced() -> None:
    with make() as sequence, make() as other:
        assert first(sequence) == [0, 1, 2, 3]
        (server,) = servers(sequence)
        os.kill(server, signal.SIGKILL)
        wait_until(lambda: server not in descendants(), "it ends")
        assert first(other) == first(sequence) == [0, 1, 2, 3]
        assert servers(other) != {server}
    wait_until(lambda: not fork_server._newest or not fork_server._newest(), "all have ended")


def test_it_ends_with_the_process_that_started_it(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            with make() as sequence:
                first(sequence)
                os.write(writer, " ".join(map(str, [*servers(sequence), *sequence.engine.pids])).encode())
                os.kill(os.getpid(), signal.SIGKILL)
        finally:
            os._exit(1)
    os.close(writer)
    with open(reader) as file:
        started = [int(word) for word in file.read().split()]
    assert os.WTERMSIG(os.waitpid(pid, 0)[1]) == signal.SIGKILL
    assert len(started) == 3
    wait_until(lambda: not set(started) & set(descendants()), "its processes end")


@pytest.mark.filterwarnings("ignore:the first sample:seqaug.SeqaugWarning")  # it depends on the process
@pytest.mark.parametrize("forks", [True, False])
def test_a_worker_has_the_environment_and_the_path_of_its_start(
    forks: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not those of the fork server's start."""
    monkeypatch.setattr(fork_server, "FORKS", forks)

    class Told(SegmentationSequence):
        def load(self, index: int) -> Any:
            import given

            value = given.NUMBER + int(os.environ["SEQAUG_TEST"])
            return {"image": np.full((8, 8), value, np.uint8), "mask": np.zeros((8, 8), np.uint8)}

    monkeypatch.setenv("SEQAUG_TEST", "1")
    with make() as before:
        assert first(before) == [0, 1, 2, 3]
        monkeypatch.setenv("SEQAUG_TEST", "2")
        (tmp_path / "given.py").write_text("NUMBER = 40\n")
        monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
        with make(Told) as sequence:
            assert first(sequence) == [42, 42, 42, 42]
        # Another module of the same name: nothing of users' code stays in the fork server.
        (tmp_path / "given.py").write_text("NUMBER = 100\n")
        with make(Told) as sequence:
            assert first(sequence) == [102, 102, 102, 102]


def test_modules_are_found_in_the_working_directory_of_a_workers_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in notebooks, whose path has an empty entry."""
    (tmp_path / "given_here.py").write_text(
        "from numbered import Numbers\n\nclass Told(Numbers):\n"
        "    def load(self, index):\n        return super().load(40 + index)\n"
    )
    monkeypatch.setattr(sys, "path", ["", *sys.path])
    with make() as before:
        assert first(before) == [0, 1, 2, 3]
        monkeypatch.chdir(tmp_path)
        with make(import_module("given_here").Told) as sequence:
            assert first(sequence) == [40, 41, 42, 43]
            assert servers(sequence) == servers(before)


@pytest.mark.filterwarnings("ignore::seqaug.SeqaugWarning")  # which tell not to do this
def test_global_generators_differ_from_worker_to_worker() -> None:
    class Random(SegmentationSequence):
        def load(self, index: int) -> Any:
            import random

            drawn = np.random.default_rng(np.random.randint(2**31)).integers(0, 256, (8, 8), np.uint8)  # noqa: NPY002
            drawn[0] = [random.randrange(256) for _ in range(8)]
            return {"image": drawn, "mask": np.zeros((8, 8), np.uint8)}

    with make(Random, workers=4, num_samples=4, batch_size=1) as sequence:
        images = [x.tobytes() for x, _ in sequence]
        assert len({image[:8] for image in images}) == 4
        assert len({image[8:] for image in images}) == 4


def test_a_lack_of_processes_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The fork server imports this module instead of Python's own, in which forks fail."""
    (tmp_path / "sitecustomize.py").write_text(
        "import errno, os\ndef fork(): raise OSError(errno.EAGAIN, 'no more processes')\nos.fork = fork\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with (
        make() as sequence,
        pytest.raises(RuntimeError, match=r"before they were ready \(\[Errno 11\] no more processes\)"),
    ):
        first(sequence)
