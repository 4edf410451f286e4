"""Training with Keras: every epoch has the sequence's batches, whatever Keras requests and when."""

import os
import signal
import threading
from pathlib import Path
from typing import Any

import albumentations as A  # noqa: N812
import keras
import numpy as np
import pytest
from recording import digest
from recording import recorder as compiled
from small_pairs import COLORS, Pairs, write_pairs

from seqaug import Palette, SampleError, SegmentationSequence

PALETTE = Palette(COLORS, ignore=("void",))


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Pairs:
    return write_pairs(tmp_path_factory.mktemp("fit"), 22)


def make(data: Pairs, workers: int, **arguments: Any) -> SegmentationSequence:
    settings = {"palette": PALETTE, "batch_size": 4, "seed": 3, "transform": A.Compose([A.RandomCrop(16, 16), A.D4()])}
    return SegmentationSequence(data.images, data.masks, workers=workers, **{**settings, **arguments})


def expected(sequence: SegmentationSequence, epoch: int) -> list[str]:
    sequence.set_epoch(epoch)
    return [digest(batch) for batch in sequence]


@pytest.mark.parametrize(("workers", "processes"), [(0, False), (1, False), (4, False), (1, True), (2, True)])
@pytest.mark.parametrize("shuffle", [False, True])
def test_fit_trains_on_each_batch_of_each_epoch_once(data: Pairs, workers: int, processes: bool, shuffle: bool) -> None:
    train = make(data, workers, use_multiprocessing=processes)
    validation = make(data, workers, use_multiprocessing=processes, shuffle=False, transform=None, image_size=(16, 16))
    model = compiled()
    history = model.fit(train, validation_data=validation, epochs=2, shuffle=shuffle, verbose=0)
    assert np.isfinite(history.history["loss"]).all()
    assert np.isfinite(history.history["val_loss"]).all()
    inline = make(data, 0)
    for epoch, shown in enumerate([model.trained[:6], model.trained[6:]]):
        batches = expected(inline, epoch)
        assert sorted(shown) == sorted(batches)
        assert shuffle or shown == batches
    assert model.tested == expected(validation, 0) * 2
    assert train.epoch == 2
    train.close()
    validation.close()


@pytest.mark.parametrize("workers", [1, 4])
def test_evaluate_and_predict(data: Pairs, workers: int) -> None:
    sequence = make(data, workers, shuffle=False, transform=None)
    model = compiled()
    first = model.evaluate(sequence, verbose=0)
    assert sequence.epoch == 1
    assert np.isfinite(first)
    assert first == pytest.approx(model.evaluate(sequence, verbose=0), abs=1e-6)
    predicted = model.predict(sequence, verbose=0)
    assert predicted.shape == (22, 24, 32, 3)
    assert np.allclose(predicted[4:8], model.predict(sequence[1][0], verbose=0), atol=1e-5)
    assert sequence.epoch == 3
    sequence.close()


def test_a_second_fit_continues_where_the_first_ended(data: Pairs) -> None:
    train, model = make(data, 2), compiled()
    model.fit(train, epochs=1, shuffle=False, verbose=0)
    model.fit(train, epochs=2, initial_epoch=1, shuffle=False, verbose=0)
    assert model.trained == expected(make(data, 0), 0) + expected(make(data, 0), 1)
    train.close()


@pytest.mark.parametrize("encoding", ["sparse", "one_hot", "binary"])
@pytest.mark.parametrize("rescale", [1 / 255, None])
def test_every_encoding_trains_in_a_graph(data: Pairs, encoding: str, rescale: float | None) -> None:
    classes = 2 if encoding == "binary" else 3
    sequence = SegmentationSequence(
        data.pixels,
        data.ids % classes,
        num_classes=classes,
        mask_encoding=encoding,
        rescale=rescale,
        batch_size=8,
    )
    losses = {
        "sparse": keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        "one_hot": keras.losses.CategoricalCrossentropy(from_logits=True),
        "binary": keras.losses.BinaryCrossentropy(from_logits=True),
    }
    model = keras.Sequential([keras.layers.Rescaling(1.0), keras.layers.Conv2D(1 if encoding == "binary" else 3, 1)])
    model.compile("sgd", losses[encoding])
    assert np.isfinite(model.fit(sequence, epochs=1, verbose=0).history["loss"]).all()
    sequence.close()


def test_an_unusable_sample_ends_fit_and_is_named(data: Pairs) -> None:
    with_a_hole = data._replace(images=[*data.images[:21], "gone.png"])
    for workers, processes in ((0, False), (4, False), (2, True)):
        with make(with_a_hole, workers, use_multiprocessing=processes) as sequence:
            with pytest.raises(Exception, match=r"sample 21 \(image gone\.png, .*no such file") as raised:
                compiled().fit(sequence, epochs=1, verbose=0)
            assert isinstance(raised.value, SampleError) or "SampleError" in str(raised.value)


def test_class_weight_is_refused_by_keras_itself(data: Pairs) -> None:
    """docs/augmentation.md says so: Keras looks for one class in each target, and a mask has many."""
    with make(data, 0) as sequence, pytest.raises(TypeError, match=r"converted to Python scalars"):
        compiled().fit(sequence, epochs=1, verbose=0, class_weight={0: 1.0, 1: 50.0, 2: 1.0})


def test_fit_leaves_no_thread_of_ours(data: Pairs) -> None:
    others = set(threading.enumerate())
    with make(data, 3) as sequence:
        compiled().fit(sequence, epochs=1, verbose=0)
    assert not [thread for thread in set(threading.enumerate()) - others if thread.name.startswith("seqaug")]


def test_the_same_run_twice_ends_with_the_same_weights(data: Pairs) -> None:
    weights = []
    for workers, processes in ((0, False), (4, False), (2, True)):
        keras.utils.set_random_seed(1)
        model = keras.Sequential([keras.layers.Conv2D(3, 3, padding="same")])
        model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=255))
        with make(data, workers, use_multiprocessing=processes) as sequence:
            model.fit(sequence, epochs=2, shuffle=False, verbose=0)
        weights.append(model.get_weights())
    for other in weights[1:]:
        assert all(np.allclose(*both, atol=1e-6) for both in zip(weights[0], other, strict=True))


class KillWorker(keras.callbacks.Callback):
    """Kills a worker process in the middle of every epoch."""

    def __init__(self, sequence: SegmentationSequence) -> None:
        super().__init__()
        self.sequence = sequence
        self.killed: list[int] = []

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        if batch == 2:
            self.killed.append(self.sequence._loader._engine.pids[0])
            os.kill(self.killed[-1], signal.SIGKILL)


@pytest.mark.parametrize("workers", [1, 2])
def test_a_worker_killed_in_mid_epoch_costs_no_batch(data: Pairs, workers: int) -> None:
    with make(data, workers, use_multiprocessing=True) as sequence:
        model, killer = compiled(), KillWorker(sequence)
        model.fit(sequence, epochs=2, shuffle=False, verbose=0, callbacks=[killer])
    assert len(set(killer.killed)) == 2
    assert model.trained == expected(make(data, 0), 0) + expected(make(data, 0), 1)


class Stop(keras.callbacks.Callback):
    """Raises in the middle of an epoch."""

    def __init__(self, error: type[BaseException]) -> None:
        super().__init__()
        self.error = error

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        if batch == 2:
            raise self.error


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_an_interrupted_fit_can_be_resumed(data: Pairs, error: type[BaseException]) -> None:
    with make(data, 2, use_multiprocessing=True) as sequence:
        with pytest.raises(error):
            compiled().fit(sequence, epochs=1, shuffle=False, verbose=0, callbacks=[Stop(error)])
        workers = sequence._loader._engine.pids
        model = compiled()
        model.fit(sequence, epochs=1, shuffle=False, verbose=0)
        assert sequence._loader._engine.pids == workers
        assert model.trained == expected(make(data, 0), sequence.epoch - 1)


def test_memory_stays_flat_over_many_epochs(data: Pairs) -> None:
    """Growing memory is an old complaint about Keras' process workers."""

    class Memory(keras.callbacks.Callback):
        def __init__(self) -> None:
            super().__init__()
            self.megabytes: list[float] = []

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            pages = int(Path("/proc/self/statm").read_text().split()[1])
            self.megabytes.append(pages * os.sysconf("SC_PAGE_SIZE") / 2**20)

    arguments: dict[str, Any] = {"image_size": (128, 128), "use_multiprocessing": True, "transform": None}
    model = keras.Sequential([keras.layers.Conv2D(3, 1)])
    model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=255))
    memory = Memory()
    with make(data, 2, **arguments) as train, make(data, 2, shuffle=False, **arguments) as validation:
        model.fit(train, validation_data=validation, epochs=30, verbose=0, callbacks=[memory])
    # An epoch's batches are 5 MB: kept, they would add 150 MB.
    assert memory.megabytes[-1] - memory.megabytes[9] < 30
