"""Forks of a process that has used a sequence: the same bytes there, no hang, and nothing disturbed here."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import pytest

from seqaug.core.forks import ForkLock

HELPERS = Path(__file__).parents[1] / "helpers"

SCRIPT = f"""
import hashlib, multiprocessing, os, sys, tempfile
from pathlib import Path
sys.path.insert(0, {str(HELPERS)!r})
import albumentations as A
import keras
from leftovers import descendants
from small_pairs import COLORS, write_pairs
from seqaug import Palette, SegmentationSequence

pairs = write_pairs(Path("data"), 22, height=160, width=160)

def make(**arguments):
    return SegmentationSequence(
        pairs.images, pairs.masks, palette=Palette(COLORS, ignore=("void",)), batch_size=4, cache="memory",
        cache_limit="8MB", transform=A.Compose([A.Rotate(30), A.GaussianBlur(p=1), A.RandomCrop(96, 96)]), **arguments
    )

def digest(batch):
    return hashlib.sha256(b"".join(part.tobytes() for part in batch)).hexdigest()

def digests(sequence, epoch):
    sequence.set_epoch(epoch)
    return [digest(batch) for batch in sequence]

def ask(number):
    return digest(sequence[number])

def in_fork(work):
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            status = 0 if work() else 2
        finally:
            os._exit(status)
    assert os.waitpid(pid, 0)[1] == 0

expected = [digests(make(workers=0), epoch) for epoch in range(3)]
"""

CASES = {
    "a pool of processes": """
        with multiprocessing.get_context("fork").Pool(2) as pool:
            assert pool.map(ask, range(6), 1) == expected[1]
        """,
    "a fork": """
        in_fork(lambda: digest(sequence[5]) == expected[1][5] and digests(sequence, 2) == expected[2])
        """,
    "a loop that has started": """
        sequence.set_epoch(0)
        loop = iter(sequence)
        assert digest(next(loop)) == expected[0][0]
        in_fork(lambda: [digest(batch) for batch in loop] == expected[0][1:])
        assert [digest(batch) for batch in loop] == expected[0][1:]
        """,
    "a fork that closes it": """
        def work():
            sequence.close()
            return digest(sequence[3]) == expected[1][3]
        in_fork(work)
        """,
    "a fork that exits normally": """
        pid = os.fork()
        if pid == 0:
            sys.exit(0 if digest(sequence[2]) == expected[1][2] else 1)
        assert os.waitpid(pid, 0)[1] == 0
        """,
    "Keras' own processes": """
        class Around(keras.utils.PyDataset):
            def __len__(self):
                return len(sequence)

            def __getitem__(self, number):
                return sequence[number]

        model = keras.Sequential([keras.layers.Conv2D(3, 1)])
        model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=255))
        multiprocessing.set_start_method("fork", force=True)
        model.fit(Around(workers=2, use_multiprocessing=True), epochs=1, verbose=0)
        """,
    "a fork before the first use": """
        sequence.close()
        sequence = make(**settings)
        in_fork(lambda: digests(sequence, 1) == expected[1])
        sequence.set_epoch(1)
        sequence[0]
        """,
}


@pytest.mark.timeout(200)
@pytest.mark.parametrize("processes", [False, True], ids=["threads", "processes"])
def test_forks(tmp_path: Path, processes: bool) -> None:
    before_and_after = """
        print({case!r}, flush=True)
        sequence = make(**settings)
        sequence[0]
        sequence.on_epoch_begin()
        sequence.on_epoch_end()
        {work}
        workers = getattr(sequence._loader._engine, "pids", [])
        assert digests(sequence, 2) == expected[2]
        assert getattr(sequence._loader._engine, "pids", []) == workers
        assert len(descendants()) == len(workers) + bool(workers), "what forks them"
        sequence.close()
        assert not descendants()
        """
    script = SCRIPT + f"settings = dict(workers=2, use_multiprocessing={processes})\n"
    for case, work in CASES.items():
        lines = textwrap.dedent(before_and_after).replace("{work}", textwrap.dedent(work))
        script += lines.replace("{case!r}", repr(case))
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, timeout=190, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr[-3000:]
    assert done.stdout.splitlines() == list(CASES)


@pytest.mark.timeout(60)
def test_a_lock_that_another_thread_held_is_free_in_a_fork() -> None:
    lock, is_held, may_end = ForkLock(), threading.Event(), threading.Event()

    def hold() -> None:
        with lock:
            is_held.set()
            may_end.wait()

    holding = threading.Thread(target=hold)
    holding.start()
    is_held.wait()
    pid = os.fork()
    if pid == 0:
        with lock:
            os._exit(0)
    assert os.waitpid(pid, 0)[1] == 0
    may_end.set()
    holding.join()
