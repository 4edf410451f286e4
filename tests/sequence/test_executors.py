"""Batches made by an executor: the same bytes from every executor, and after every loss."""

import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import albumentations as A  # noqa: N812
import keras
import numpy as np
import pytest
from small_pairs import COLORS, Pairs, write_pairs

from seqaug import (
    ClassCrop,
    ClassificationSequence,
    ClassWeights,
    Palette,
    SampleError,
    SegmentationSequence,
    TransformError,
)
from seqaug.engines.serialization import pickle_for_workers

PALETTE = Palette(COLORS, ignore=("void",))


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Pairs:
    return write_pairs(tmp_path_factory.mktemp("executors"), 22)


def make(data: Pairs, kind: Any = SegmentationSequence, **arguments: Any) -> Any:
    transform = A.Compose([A.RandomCrop(16, 16), A.D4(), A.RandomBrightnessContrast()])
    settings = {"palette": PALETTE, "transform": transform, "batch_size": 4, "seed": 3, **arguments}
    return kind(data.images, data.masks, **settings)


def shown(sequence: Any, epoch: int = 0) -> list[tuple[bytes, ...]]:
    sequence.set_epoch(epoch)
    return [tuple(array.tobytes() for array in batch) for batch in sequence]


def mixing() -> type[SegmentationSequence]:
    class Mixing(SegmentationSequence):
        """Samples are made of several, whose paths no task brings by itself."""

        def load(self, index: int) -> Any:
            one, other = super().load(index), super().load((7 * index + 3) % len(self.samples))
            return {"image": one["image"] // 2 + other["image"] // 2, "mask": one["mask"]}

    return Mixing


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {
            "oversample": "class_uniform",
            "transform": ClassCrop(12, 12),
            "class_weights": ClassWeights("inverse", clip=100),
        },
        {"mask_encoding": "one_hot", "rescale": None, "batch_size": 8, "drop_remainder": True},
    ],
    ids=["plain", "balanced", "one_hot"],
)
@pytest.mark.filterwarnings("ignore:mask_encoding=.one_hot")
def test_the_same_bytes_as_inline(data: Pairs, executor: Executor, arguments: dict[str, Any]) -> None:
    inline = make(data, workers=0, **arguments)
    with make(data, executor=executor, **arguments) as sequence:
        for epoch in (0, 1, 5):
            assert shown(sequence, epoch) == shown(inline, epoch)
        sequence.set_epoch(2)
        inline.set_epoch(2)
        assert sequence[1][0].tobytes() == inline[1][0].tobytes()


def test_a_class_of_the_users_own_is_sent(data: Pairs, executor: Executor) -> None:
    kind = mixing()
    inline = make(data, kind, workers=0)
    with make(data, kind, executor=executor) as sequence:
        assert shown(sequence) == shown(inline)


def test_labels_instead_of_masks(data: Pairs, executor: Executor) -> None:
    labels = [index % 3 for index in range(22)]
    inline = ClassificationSequence(data.images, labels, oversample="class_uniform", workers=0)
    with ClassificationSequence(data.images, labels, oversample="class_uniform", executor=executor) as sequence:
        assert shown(sequence) == shown(inline)


def test_decoded_samples_are_cached_in_a_directory(data: Pairs, executor: Executor, tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    inline = make(data, workers=0)
    with make(data, executor=executor, cache=folder) as sequence:
        sequence.warm_cache()
        assert len(list(folder.glob("*/*.sample"))) == 22
        assert shown(sequence) == shown(inline)
    with make(data, executor=executor, cache=folder) as sequence:
        shutil.rmtree(folder)  # as on a machine that has none yet
        assert shown(sequence, 1) == shown(inline, 1)
        assert len(list(folder.glob("*/*.sample"))) == 22


def test_errors_name_their_sample(data: Pairs, executor: Executor) -> None:
    with_a_hole = data._replace(images=[*data.images[:21], "gone.png"])
    with (
        make(with_a_hole, executor=executor) as sequence,
        pytest.raises(SampleError, match=r"sample 21 \(image gone\.png, mask .*021\.png\): .*no such file"),
    ):
        list(sequence)
    with make(data, executor=executor, transform=A.RandomCrop(99, 99)) as sequence:
        with pytest.raises(TransformError, match=r"sample \d+ \(image .*png, mask .*png\): "):
            list(sequence)
        with pytest.raises(TransformError):
            sequence[0]
    with make(data, executor=executor, transform=None, image_size=None, batch_size=2) as sequence:
        assert len(list(sequence)) == 11


def test_samples_that_cannot_be_used_are_replaced(data: Pairs, executor: Executor) -> None:
    with_holes = data._replace(images=[*data.images[:20], "gone.png", "gone too.png"])
    inline = make(with_holes, workers=0, on_error="skip")
    with make(with_holes, executor=executor, on_error="skip") as sequence:
        with pytest.warns(UserWarning, match=r"^skipped sample"):
            batches = shown(sequence)
        with pytest.warns(UserWarning, match=r"^skipped sample"):
            assert batches == shown(inline)
        assert set(sequence.skipped) == {20, 21}
        x, _ = sequence[0]
        assert x.shape == (4, 16, 16, 3)


def test_sizes_that_differ_are_reported_with_their_samples(data: Pairs, executor: Executor, tmp_path: Path) -> None:
    other = write_pairs(tmp_path / "other", 1, height=16)
    mixed = data._replace(images=[*data.images, *other.images], masks=[*data.masks, *other.masks])
    with (
        make(mixed, executor=executor, transform=None, batch_size=23) as sequence,
        pytest.raises(ValueError, match=r"samples of one batch differ in 'image': .* in sample \d+ \(image "),
    ):
        sequence[0]


def test_masks_are_scanned_by_the_executor(data: Pairs, executor: Executor) -> None:
    with make(data, executor=executor) as sequence:
        expected = make(data, workers=0).class_statistics().counts.to_rows()
        assert (sequence.class_statistics().counts.to_rows() == expected).all()


@pytest.mark.parametrize("shuffle", [False, True])
def test_fit(data: Pairs, executor: Executor, shuffle: bool) -> None:
    model = keras.Sequential([keras.layers.Input((16, 16, 3)), keras.layers.Conv2D(3, 3, padding="same")])
    model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=255))
    with make(data, executor=executor) as sequence:
        history = model.fit(sequence, epochs=2, shuffle=shuffle, verbose=0)
        assert np.isfinite(history.history["loss"]).all()
        assert sequence.epoch == 2


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)


def test_a_dask_worker_that_is_killed_costs_no_batch(data: Pairs, dask_client: Any) -> None:
    expected = shown(make(data, workers=0, batch_size=1))
    with make(data, executor=dask_client.get_executor(), batch_size=1, max_queue_size=6) as sequence:
        seen = []
        for number, batch in enumerate(sequence):
            seen.append(tuple(array.tobytes() for array in batch))
            if number == 4:
                kill(sorted(dask_client.run(os.getpid).values())[0])
    assert seen == expected


def test_a_ray_worker_that_is_killed_costs_no_batch(data: Pairs, ray_executor: Executor) -> None:
    expected = shown(make(data, workers=0, batch_size=1))
    with make(data, executor=ray_executor, batch_size=1, max_queue_size=6) as sequence:
        seen = []
        for number, batch in enumerate(sequence):
            seen.append(tuple(array.tobytes() for array in batch))
            if number == 4:
                kill(ray_executor.submit(os.getpid).result())
    assert seen == expected


def test_a_pool_that_breaks_is_an_error(data: Pairs) -> None:
    with (
        ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool,
        make(data, executor=pool, batch_size=1) as sequence,
    ):
        sequence[0]
        kill(pool.submit(os.getpid).result())
        with pytest.raises(RuntimeError, match=r"ProcessPoolExecutor is broken and takes no more work \(.*new one"):
            [sequence[number] for number in range(1, 22)]


class Watched(Executor):
    """Passes all calls on to another executor, and records them."""

    def __init__(self, inner: Executor) -> None:
        self.inner = inner
        self.running: set[Future[Any]] = set()
        self.most = 0
        self.sizes: list[int] = []
        self.with_payload = 0
        self._lock = threading.Lock()

    def submit(self, fn: Callable[..., Any], /, *arguments: Any, **named: Any) -> Future[Any]:
        future = self.inner.submit(fn, *arguments, **named)
        with self._lock:
            self.running = {other for other in self.running if not other.done()} | {future}
            self.most = max(self.most, len(self.running))
            self.sizes.append(sum(len(argument or b"") for argument in arguments))
            self.with_payload += arguments[1] is not None
        return future


def test_no_more_is_in_flight_than_requested(data: Pairs) -> None:
    gate = threading.Event()

    class Slow(SegmentationSequence):
        def load(self, index: int) -> Any:
            assert gate.wait(30)
            return super().load(index)

    with ThreadPoolExecutor(8) as pool:
        watched = Watched(pool)
        with make(data, Slow, executor=watched, batch_size=1, max_queue_size=5) as sequence:
            batches = iter(sequence)
            threading.Timer(0.2, gate.set).start()
            next(batches)
            assert 5 <= watched.most <= 6  # five ahead of the one that is asked for
            batches.close()  # type: ignore[attr-defined]


def test_processors_are_sent_once_and_paths_on_demand(data: Pairs, process_pool: Executor) -> None:
    many = data._replace(images=data.images * 500, masks=data.masks * 500)
    watched = Watched(process_pool)
    with make(many, executor=watched, samples_per_epoch=200) as sequence:
        assert len(list(sequence)) == 50
    paths = sum(map(len, many.images)) + sum(map(len, many.masks))
    assert max(watched.sizes) < paths / 10
    assert sorted(watched.sizes)[25] < 3000
    # It is sent along until a process has confirmed it; both processes need it.
    assert 2 <= watched.with_payload <= 24


def test_a_load_that_reads_other_samples_is_sent_all_paths_once(data: Pairs, process_pool: Executor) -> None:
    watched = Watched(process_pool)
    kind = mixing()
    with make(data, kind, executor=watched, samples_per_epoch=200) as sequence:
        assert shown(sequence) == shown(make(data, kind, workers=0, samples_per_epoch=200))
    assert sorted(watched.sizes)[25] < 3000


def test_processes_of_an_executor_stay_light(data: Pairs, tmp_path: Path) -> None:
    """In a program of its own: what a pool's processes import is what the program imports, and this is a test's."""
    program = tmp_path / "program.py"
    program.write_text(
        f"""
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

def imported():
    return sorted({{"keras", "tensorflow", "torch", "albumentations", "cv2"}} & set(sys.modules))

def train_here():
    from seqaug import SegmentationSequence
    try:
        SegmentationSequence(["a.png"], ["a.png"])
    except RuntimeError as error:
        return str(error)

if __name__ == "__main__":
    import albumentations as A
    from seqaug import SegmentationSequence

    class Own(SegmentationSequence):
        def load(self, index):
            return super().load(index)

    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        sequence = Own({data.images!r}, {data.masks!r}, palette={COLORS!r}, executor=pool, transform=A.RandomCrop(8, 8))
        list(sequence)
        print(pool.submit(imported).result())
        print(pool.submit(train_here).result())
"""
    )
    done = subprocess.run([sys.executable, str(program)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    light, refused = done.stdout.splitlines()[-2:]
    assert light == "['albumentations', 'cv2']"
    assert refused.startswith("SegmentationSequence cannot be constructed here: this process has prepared batches for")


def test_the_executor_stays_usable_and_no_thread_of_ours_is_left(data: Pairs) -> None:
    with ThreadPoolExecutor(2) as pool:
        pool.submit(int).result()
        list(make(data, executor=pool))
        before = set(threading.enumerate())
        sequence = make(data, executor=pool)
        next(iter(sequence))
        sequence.close()
        assert len(list(sequence)) == 6, "it starts again"
        assert set(threading.enumerate()) <= before
        assert pool.submit(int).result() == 0


def test_an_executor_that_was_shut_down_is_an_error(data: Pairs) -> None:
    pool = ThreadPoolExecutor(1)
    pool.shutdown()
    with make(data, executor=pool) as sequence, pytest.raises(RuntimeError, match="after shutdown"):
        sequence[0]


def test_what_cannot_be_pickled_is_an_error(data: Pairs, process_pool: Executor) -> None:
    class Locked(SegmentationSequence):
        def __init__(self, *arguments: Any, **named: Any) -> None:
            self.lock = threading.Lock()
            super().__init__(*arguments, **named)

        def load(self, index: int) -> Any:
            with self.lock:
                return super().load(index)

    with (
        make(data, Locked, executor=process_pool) as sequence,
        pytest.raises(
            TypeError, match=r"cannot be sent to worker processes: .*expected .*locks where they are first used"
        ),
    ):
        sequence[0]
    with ThreadPoolExecutor(2) as pool, make(data, Locked, executor=pool) as sequence:
        assert len(list(sequence)) == 6, "threads need nothing sent"


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"executor": 4}, TypeError, r"executor is a int; expected any concurrent\.futures\.Executor"),
        ({"use_multiprocessing": True}, ValueError, r"use_multiprocessing=True beside executor=.*one of them"),
        ({"cache": "memory"}, ValueError, r'cache="memory" is local to this machine.*expected a directory'),
    ],
)
def test_wrong_arguments(data: Pairs, arguments: dict[str, Any], error: type[Exception], message: str) -> None:
    with ThreadPoolExecutor(1) as pool, pytest.raises(error, match=message):
        make(data, **{"executor": pool, **arguments})


def test_the_libraries_themselves_are_not_executors(data: Pairs, dask_client: Any) -> None:
    with pytest.raises(TypeError, match=r"executor is a Client; expected executor=client\.get_executor\(\)"):
        make(data, executor=dask_client)
    ray = pytest.importorskip("ray")
    with pytest.raises(TypeError, match=r"executor is a module; expected executor=seqaug\.ray\.RayExecutor\(\)"):
        make(data, executor=ray)


def test_keras_prefetches_as_many_as_requested(data: Pairs) -> None:
    with ThreadPoolExecutor(1) as pool:
        sequence = make(data, executor=pool, max_queue_size=7, workers=2)
        assert sequence.workers == 7
        assert not sequence.use_multiprocessing
        assert b"ThreadPool" not in pickle_for_workers(sequence)
