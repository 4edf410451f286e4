"""Worker processes: the same bytes, nothing lost, nothing left behind."""

import copy
import functools
import gc
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
import weakref
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import albumentations as A  # noqa: N812
import numpy as np
import pytest
from small_pairs import COLORS, Pairs, write_pairs

from seqaug.core import shared_memory
from seqaug.errors import SampleError, TransformError
from seqaug.palette.palette import Palette
from seqaug.sequence.segmentation import SegmentationSequence

PALETTE = Palette(COLORS, ignore=("void",))


def make(pairs: Pairs, workers: int = 2, processes: bool = True, **arguments: Any) -> SegmentationSequence:
    settings: dict[str, Any] = {
        "palette": PALETTE,
        "transform": A.Compose([A.RandomCrop(16, 16), A.Rotate(30), A.RandomBrightnessContrast()]),
        "batch_size": 4,
        "seed": 3,
    }
    return SegmentationSequence(
        pairs.images, pairs.masks, workers=workers, use_multiprocessing=processes, **{**settings, **arguments}
    )


def pids(sequence: SegmentationSequence) -> list[int]:
    return sequence._loader._engine.pids  # type: ignore[attr-defined, no-any-return]


def all_are_ready(sequence: SegmentationSequence, but: set[int], count: int = 2) -> bool:
    workers = list(sequence._loader._engine._pool._workers)  # type: ignore[attr-defined]
    return len(workers) == count and all(worker.is_ready and worker.pid not in but for worker in workers)


def as_bytes(batch: Any) -> list[bytes]:
    return [part.tobytes() for part in batch]


def all_bytes(sequence: SegmentationSequence, epochs: int = 3) -> list[list[bytes]]:
    shown = []
    for epoch in range(epochs):
        sequence.set_epoch(epoch)
        shown += [as_bytes(batch) for batch in sequence]
    return shown


def wait_until(condition: Callable[[], bool], what: str) -> None:
    """Wait until another process has done something."""
    for _ in range(6000):
        if condition():
            return
        time.sleep(0.005)
    raise AssertionError(f"a minute has passed, and still not: {what}")


def is_gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except FileNotFoundError:
        return True


# The same bytes


def test_the_same_bytes_from_every_engine(tmp_path: Path) -> None:
    pairs = write_pairs(tmp_path / "data", 22)
    with make(pairs, 0) as sequence:
        expected = all_bytes(sequence)
    for workers, processes in [(4, False), (1, True), (2, True), (3, True)]:
        with make(pairs, workers, processes) as sequence:
            assert all_bytes(sequence) == expected
            for number in [17, 0, 9, 3, 17]:
                sequence.set_epoch(number // 6)
                assert as_bytes(sequence[number % 6]) == expected[number]


@pytest.mark.parametrize(
    "arguments",
    [
        {"rescale": None},
        {"mask_encoding": "one_hot"},
        {"image_size": (10, 12), "transform": None},
        {"color_mode": "grayscale", "drop_remainder": True},
        {"oversample": "class_uniform", "samples_per_epoch": 9},
    ],
    ids=lambda arguments: next(iter(arguments)),
)
@pytest.mark.filterwarnings("ignore:mask_encoding=.one_hot")
def test_every_kind_of_batch(pairs: Pairs, arguments: Any) -> None:
    with make(pairs, 0, **arguments) as inline, make(pairs, **arguments) as sequence:
        for ours, theirs in zip(sequence, inline, strict=True):
            assert as_bytes(ours) == as_bytes(theirs)
            assert [(part.shape, part.dtype) for part in ours] == [(part.shape, part.dtype) for part in theirs]


def test_arrays_are_shared_and_not_copied_into_every_worker() -> None:
    images = np.random.default_rng(0).integers(0, 256, (160, 256, 256, 3), dtype=np.uint8)  # 31 MB
    arguments: dict[str, Any] = {"num_classes": 3, "batch_size": 4, "transform": A.RandomCrop(16, 16)}
    masks = images[..., 0] % 3
    with (
        SegmentationSequence(images, masks, workers=0, **arguments) as inline,
        SegmentationSequence(images, masks, workers=2, use_multiprocessing=True, **arguments) as sequence,
    ):
        assert as_bytes(sequence[3]) == as_bytes(inline[3])
        for pid in pids(sequence):
            owned = sum(
                int(line.split()[1])
                for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
                if line.startswith("Private")
            )
            assert owned < 150_000, "kB"


def test_workers_load_several_processors_and_unload_garbage(pairs: Pairs) -> None:
    def held(pid: int) -> int:
        maps = Path(f"/proc/{pid}/maps").read_text().splitlines()
        return sum("/memfd:seqaug" in line for line in maps)

    with make(pairs, workers=1) as sequence, make(pairs, 0, seed=9) as other, make(pairs, 0) as same:
        first = sequence._loader._engine
        expected = [as_bytes(batch) for batch in same]
        assert [as_bytes(batch) for batch in sequence] == expected
        (pid,) = pids(sequence)
        before = held(pid)
        loader = copy.copy(other._loader)
        loader._engine = first
        assert [as_bytes((batch["image"], batch["mask"])) for batch in loader.batches(0)] == [
            as_bytes(batch) for batch in other
        ]
        assert held(pid) > before
        # A replaced worker loads all living processors.
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda: all_are_ready(sequence, {pid}, count=1), "the worker is replaced")
        assert [as_bytes(batch) for batch in sequence] == expected
        assert len(list(loader.batches(0))) == 2
        (pid,) = pids(sequence)
        both = held(pid)
        loader._pipeline = other._pipeline = other._loader._pipeline = None  # type: ignore[assignment]
        gc.collect()
        wait_until(lambda: held(pid) < both, "the worker unloads it")
        assert [as_bytes(batch) for batch in sequence] == expected


def test_memory_grows_with_the_size_of_batches(tmp_path: Path) -> None:
    parts = [write_pairs(tmp_path / str(size), 2, height=size, width=2 * size) for size in (8, 64, 16, 96, 12)]
    pairs = Pairs(
        [path for part in parts for path in part.images], [path for part in parts for path in part.masks], *parts[0][2:]
    )
    arguments = {"transform": None, "shuffle": False, "batch_size": 2}
    with make(pairs, 0, **arguments) as inline, make(pairs, **arguments) as sequence:
        expected = [as_bytes(batch) for batch in inline]
        for _ in range(2):
            assert [as_bytes(batch) for batch in sequence] == expected
    with make(pairs, transform=None, shuffle=False, batch_size=4) as sequence:
        with pytest.raises(ValueError, match=r"samples of one batch differ in 'image': .*set image_size="):
            sequence[0]
        with pytest.raises(ValueError, match=r"samples of one batch differ"):
            sequence[1]
        assert len(sequence[2][0]) == 2


def test_a_kept_batch_never_changes(pairs: Pairs) -> None:
    with make(pairs, batch_size=2) as sequence:
        kept = list(sequence)
        views = [x[:1, 2:5] for x, _ in sequence]
        before = [as_bytes(batch) for batch in kept], [view.tobytes() for view in views]
        for epoch in range(1, 6):
            sequence.set_epoch(epoch)
            for _ in sequence:
                pass
        assert ([as_bytes(batch) for batch in kept], [view.tobytes() for view in views]) == before
    assert ([as_bytes(batch) for batch in kept], [view.tobytes() for view in views]) == before


@pytest.mark.parametrize("framework", ["tensorflow", "torch", "jax"])
def test_a_tensor_over_the_memory_of_a_batch_never_changes(pairs: Pairs, framework: str) -> None:
    """Frameworks may use NumPy's memory without a copy."""
    module = pytest.importorskip(framework)
    as_tensor = {"tensorflow": "convert_to_tensor", "torch": "from_numpy", "jax": "numpy.asarray"}[framework]
    convert = functools.reduce(getattr, as_tensor.split("."), module)
    with make(pairs, batch_size=2) as sequence:
        kept = [convert(x) for x, _ in sequence]
        before = [np.asarray(tensor).tobytes() for tensor in kept]
        gc.collect()
        for epoch in range(1, 6):
            sequence.set_epoch(epoch)
            for _ in sequence:
                pass
        assert [np.asarray(tensor).tobytes() for tensor in kept] == before


def test_memory_without_views_is_reused(pairs: Pairs) -> None:
    with make(pairs, batch_size=2, max_queue_size=2) as sequence:
        sequence[0]
        descriptor = sequence._loader._engine._pool._slot_pool.descriptor  # type: ignore[attr-defined]
        for _ in range(20):
            for _ in sequence:
                pass
        gc.collect()
        size = os.fstat(descriptor).st_size
        for _ in range(20):
            for _ in sequence:
                pass
        assert os.fstat(descriptor).st_size == size


def test_files_replace_missing_anonymous_memory(pairs: Pairs, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(name: str) -> int:
        raise OSError("not here")

    monkeypatch.setattr(os, "memfd_create", refuse)
    shared_memory.warn_of_files.cache_clear()
    sequence = make(pairs)
    with pytest.warns(UserWarning, match=r"no anonymous shared memory here .*memory-mapped files in") as caught:
        batches = [as_bytes(batch) for batch in sequence]
    assert len(caught) == 1
    sequence.close()
    with make(pairs, 0) as inline:
        assert batches == [as_bytes(batch) for batch in inline]


def test_too_little_memory_is_reported(pairs: Pairs, monkeypatch: pytest.MonkeyPatch) -> None:
    sequence = make(pairs)
    sequence[0]

    def refuse(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", refuse)
    with pytest.raises(MemoryError, match=r"no \d+ MB of shared memory.*No space left.*smaller batch_size"):
        list(zip(*[list(sequence) for _ in range(9)], strict=True))
    sequence.close()


# What a worker is


def test_workers_are_light(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Albumentations imports these wherever they are installed; here are some to be found.
    for name in ("torch", "huggingface_hub"):
        (tmp_path / f"{name}.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)

    class Spy(SegmentationSequence):
        def load(self, index: int) -> Any:
            import sys

            names = ("keras", "tensorflow", "torch", "jax", "huggingface_hub")
            heavy = [name for name in names if name in sys.modules]
            assert not heavy, heavy
            return {"image": np.zeros((8, 8), np.uint8), "mask": np.zeros((8, 8), np.uint8)}

    with Spy(
        num_samples=8, num_classes=1, transform=A.HorizontalFlip(), workers=2, use_multiprocessing=True
    ) as sequence:
        assert len(sequence[0][0]) == 8
        assert len(set(pids(sequence))) == 2


@pytest.mark.filterwarnings("ignore:Using lambda is incompatible with multiprocessing")  # it is not, here
def test_functions_and_classes_without_a_module() -> None:
    added = 3

    class Own(SegmentationSequence):
        def load(self, index: int) -> Any:
            return {"image": np.full((8, 8), index, np.uint8), "mask": np.zeros((8, 8), np.uint8)}

    arguments = {
        "num_samples": 4,
        "num_classes": 1,
        "rescale": None,
        "shuffle": False,
        "transform": A.Lambda(image=lambda image, **_: image + added, p=1),
    }
    with Own(workers=1, use_multiprocessing=True, **arguments) as sequence:
        assert sequence[0][0][:, 0, 0, 0].tolist() == [3, 4, 5, 6]


def test_values_that_cannot_be_pickled_are_reported_at_once(pairs: Pairs) -> None:
    class Holder(SegmentationSequence):
        def load(self, index: int) -> Any:
            return super().load(index)

    sequence = Holder(pairs.images, pairs.masks, palette=PALETTE, workers=1, use_multiprocessing=True)
    sequence.lock = threading.Lock()
    with pytest.raises(TypeError, match=r"cannot be sent to worker processes: .*lock.*open files.*in load\(\)"):
        sequence[0]


def test_values_that_workers_cannot_load_are_reported(
    pairs: Pairs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "vanishing.py").write_text("def darker(image, **_):\n    return image // 2\n")
    monkeypatch.syspath_prepend(tmp_path)
    import vanishing  # type: ignore[import-not-found]

    sequence = make(pairs, transform=A.Lambda(image=vanishing.darker, p=1))
    (tmp_path / "vanishing.py").unlink()
    for cached in tmp_path.rglob("*.pyc"):
        cached.unlink()
    with pytest.raises(ModuleNotFoundError, match="vanishing") as raised:
        sequence[0]
    assert "a worker process cannot load the sequence" in str(raised.value.__cause__)
    sequence.close()


# Errors


def test_errors_arrive_with_sample_and_traceback(pairs: Pairs) -> None:
    class FailInWorker(A.HorizontalFlip):
        def apply(self, *args: Any, **kwargs: Any) -> Any:
            raise ZeroDivisionError("in the worker")

    Path(pairs.images[3]).unlink()
    with make(pairs, shuffle=False) as sequence:
        with pytest.raises(SampleError, match=r"^sample 3 \(image .*003\.png, .*no such file") as raised:
            sequence[0]
        assert raised.value.index == 3
        assert as_bytes(sequence[1])
    with make(pairs, transform=FailInWorker(p=1)) as sequence:
        with pytest.raises(TransformError, match=r"^sample \d \(.*\): FailInWorker failed: in the worker") as broken:
            sequence[0]
        assert "ZeroDivisionError: in the worker" in str(broken.value.__cause__)


def test_skipping(pairs: Pairs) -> None:
    Path(pairs.images[3]).unlink()
    shown = []
    for workers in (0, 2):
        with make(pairs, workers, on_error="skip") as sequence:
            with pytest.warns(UserWarning, match=r"^skipped sample 3 ") as caught:
                shown.append(all_bytes(sequence, 2))
            assert len(caught) == 1
            assert list(sequence.skipped) == [3]
    assert shown[0] == shown[1]


# Death


def test_a_killed_worker_is_replaced_and_its_rows_recomputed(tmp_path: Path) -> None:
    pairs = write_pairs(tmp_path / "data", 40, height=96, width=96)
    with make(pairs, 0) as inline:
        expected = [as_bytes(batch) for batch in inline]
    with make(pairs, max_queue_size=3) as sequence:
        killed: set[int] = set()
        for epoch in range(4):
            sequence.set_epoch(0)
            for number, batch in enumerate(sequence):
                if number in (0, 2, 5):
                    wait_until(lambda: all_are_ready(sequence, killed), "the workers are ready")
                    killed.add(victim := pids(sequence)[epoch % 2])
                    os.kill(victim, signal.SIGKILL)
                assert as_bytes(batch) == expected[number]
        assert len(killed) == 12
        assert not killed & set(pids(sequence))
    assert all(is_gone(pid) for pid in killed)


def test_a_sample_that_kills_workers_is_named(caplog: pytest.LogCaptureFixture) -> None:
    class Deadly(SegmentationSequence):
        def load(self, index: int) -> Any:
            if index == 5:
                os.kill(os.getpid(), signal.SIGKILL)
            return {"image": np.full((8, 8), index, np.uint8), "mask": np.zeros((8, 8), np.uint8)}

    arguments: dict[str, Any] = {"num_samples": 9, "num_classes": 1, "workers": 2, "use_multiprocessing": True}
    arguments |= {"shuffle": False, "batch_size": 9, "rescale": None}
    message = r"^sample 5 \(from load\(5\)\): .*died 3 times \(signal 9\)"
    with caplog.at_level("INFO", "seqaug"), Deadly(**arguments) as sequence:
        with pytest.raises(SampleError, match=message):
            sequence[0]
        assert caplog.messages[0].startswith("a worker process died (signal 9); another makes its rows again")
    with Deadly(**arguments, on_error="skip") as sequence, pytest.warns(UserWarning, match="skipped sample 5"):
        assert sequence[0][0][:, 0, 0, 0].tolist() == [0, 1, 2, 3, 4, 6, 6, 7, 8]


def test_workers_that_cannot_start(pairs: Pairs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(RuntimeError, match=r"3 worker processes ended before they were ready \(exit status 1\)"):
        make(pairs)[0]


def test_close_stops_the_workers_and_a_new_batch_starts_others(pairs: Pairs) -> None:
    sequence = make(pairs)
    first = as_bytes(sequence[0])
    old = pids(sequence)
    sequence.close()
    assert all(is_gone(pid) for pid in old)
    assert not pids(sequence)
    assert as_bytes(sequence[0]) == first
    assert not set(old) & set(pids(sequence))
    sequence.close()


def test_close_ends_the_wait_of_other_threads(tmp_path: Path) -> None:
    sequence = make(write_pairs(tmp_path / "data", 60, height=256, width=256), batch_size=60)
    raised: list[BaseException] = []

    def ask() -> None:
        try:
            sequence[0]
        except RuntimeError as error:
            raised.append(error)

    asking = threading.Thread(target=ask)
    asking.start()
    wait_until(lambda: bool(pids(sequence)), "workers start")
    sequence.close()
    asking.join(60)
    assert not asking.is_alive()
    assert not raised or "were stopped (close)" in str(raised[0])


@pytest.mark.parametrize("loads_itself", [False, True])
def test_a_garbage_collected_sequence_leaves_nothing(pairs: Pairs, loads_itself: bool) -> None:
    class Own(SegmentationSequence):
        def load(self, index: int) -> Any:
            return super().load(index)

    others = set(threading.enumerate())
    kind = Own if loads_itself else SegmentationSequence
    sequence = kind(pairs.images, pairs.masks, palette=PALETTE, workers=2, use_multiprocessing=True)
    kept, _ = sequence[0]
    before = kept.tobytes()
    old, gone = pids(sequence), weakref.ref(sequence)
    del sequence
    gc.collect()
    assert gone() is None
    wait_until(lambda: all(is_gone(pid) for pid in old), "workers end")
    wait_until(lambda: set(threading.enumerate()) <= others, "the pool's thread ends")
    assert kept.tobytes() == before


SCRIPT = """
import os, signal, sys, time
import numpy as np
from seqaug import SegmentationSequence
import albumentations as A

print("ran", flush=True)

class Own(SegmentationSequence):
    def load(self, index):
        return {"image": np.full((8, 8), index, np.uint8), "mask": np.zeros((8, 8), np.uint8)}

sequence = Own(num_samples=64, num_classes=1, workers=2, use_multiprocessing=True,
               transform=A.Lambda(image=lambda image, **_: image, p=1))
batches = iter(sequence)
next(batches)
print("pids", *sequence._loader._engine.pids, flush=True)
"""


def is_mapped(path: str) -> bool:
    """Whether a living process uses a file, as tests that run beside this one do."""
    for maps in Path("/proc").glob("[0-9]*/maps"):
        with suppress(OSError):  # it has ended
            if path in maps.read_text():
                return True
    return False


@pytest.mark.parametrize(
    ("ending", "status"),
    [
        ("", 0),
        ("raise ValueError('no')", 1),
        ("os.kill(os.getpid(), signal.SIGINT); time.sleep(60)", -signal.SIGINT),
        ("os.kill(os.getpid(), signal.SIGTERM); time.sleep(60)", -signal.SIGTERM),
        ("os.kill(os.getpid(), signal.SIGKILL); time.sleep(60)", -signal.SIGKILL),
        ("os.killpg(os.getpgid(0), signal.SIGINT); time.sleep(60)", -signal.SIGINT),
        ("os._exit(3)", 3),
    ],
    ids=["end", "error", "interrupt", "terminate", "kill", "ctrl-c", "exit"],
)
def test_however_the_script_ends_nothing_is_left(tmp_path: Path, ending: str, status: int) -> None:
    """A script without a guard, with its own class and lambda, runs once, and not again in the workers."""
    (tmp_path / "script.py").write_text(textwrap.dedent(SCRIPT) + ending + "\n")
    shared = set(os.listdir("/dev/shm")) if os.path.isdir("/dev/shm") else set()
    done = subprocess.run(
        [sys.executable, "script.py"], cwd=tmp_path, capture_output=True, text=True, start_new_session=True, check=False
    )
    lines = [line for line in done.stdout.splitlines() if line.startswith(("ran", "pids"))]
    assert done.returncode == status, done.stderr
    assert [line.split()[0] for line in lines] == ["ran", "pids"]
    workers = [int(pid) for pid in lines[1].split()[1:]]
    assert len(workers) == 2
    wait_until(lambda: all(is_gone(pid) for pid in workers), "workers end")
    left = set(os.listdir("/dev/shm")) - shared if os.path.isdir("/dev/shm") else set()
    unused = [name for name in left if not is_mapped(f"/dev/shm/{name}")]
    assert not [name for name in unused if os.path.exists(f"/dev/shm/{name}")]
    if ending == "":
        assert done.stderr == "" or "Traceback" not in done.stderr
