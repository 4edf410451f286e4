"""Real training with Keras: every epoch holds what the sequence says, whatever Keras asks for and when."""

import threading
from typing import Any

import albumentations as A  # noqa: N812
import keras
import numpy as np
import pytest
from small_pairs import COLORS, Pairs, write_pairs

from seqaug import Palette, SampleError, SegmentationSequence

PALETTE = Palette(COLORS, ignore=("void",))


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Pairs:
    return write_pairs(tmp_path_factory.mktemp("fit"), 22)


def make(data: Pairs, workers: int, **arguments: Any) -> SegmentationSequence:
    settings = {"palette": PALETTE, "batch_size": 4, "seed": 3, "transform": A.Compose([A.RandomCrop(16, 16), A.D4()])}
    return SegmentationSequence(data.images, data.masks, workers=workers, **{**settings, **arguments})


class Recorder(keras.Model):
    """A small model that remembers which batches it was trained and tested on."""

    def __init__(self) -> None:
        super().__init__()
        self.convolution = keras.layers.Conv2D(3, 3, padding="same")
        self.trained: list[bytes] = []
        self.tested: list[bytes] = []

    def call(self, inputs: Any) -> Any:
        return self.convolution(inputs)

    def train_step(self, batch: Any) -> Any:
        self.trained.append(b"".join(np.asarray(part).tobytes() for part in batch))
        return super().train_step(batch)

    def test_step(self, batch: Any) -> Any:
        self.tested.append(b"".join(np.asarray(part).tobytes() for part in batch))
        return super().test_step(batch)


def compiled() -> Recorder:
    model = Recorder()
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=255)
    model.compile("sgd", loss, run_eagerly=True)
    return model


def expected(sequence: SegmentationSequence, epoch: int) -> list[bytes]:
    sequence.set_epoch(epoch)
    return [x.tobytes() + y.tobytes() for x, y in sequence]


@pytest.mark.parametrize("workers", [0, 1, 4])
@pytest.mark.parametrize("shuffle", [False, True])
def test_fit_trains_on_each_batch_of_each_epoch_once(data: Pairs, workers: int, shuffle: bool) -> None:
    train = make(data, workers)
    validation = make(data, workers, shuffle=False, transform=None, image_size=(16, 16))
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


def test_two_fits_go_on_where_the_first_ended(data: Pairs) -> None:
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


def test_a_sample_that_cannot_be_used_ends_fit_with_its_name(data: Pairs) -> None:
    for workers in (0, 4):
        sequence = make(data, workers)
        sequence_with_a_hole = SegmentationSequence(
            [*data.images[:21], "gone.png"], data.masks, palette=PALETTE, workers=workers, batch_size=4, seed=3
        )
        with pytest.raises(Exception, match=r"sample 21 \(image gone\.png, .*no such file") as raised:
            compiled().fit(sequence_with_a_hole, epochs=1, verbose=0)
        assert isinstance(raised.value, SampleError) or "SampleError" in str(raised.value)
        sequence.close()
        sequence_with_a_hole.close()


def test_fit_leaves_no_thread_of_ours(data: Pairs) -> None:
    others = set(threading.enumerate())
    with make(data, 3) as sequence:
        compiled().fit(sequence, epochs=1, verbose=0)
    assert not [thread for thread in set(threading.enumerate()) - others if thread.name.startswith("seqaug")]


def test_the_same_run_twice_ends_with_the_same_weights(data: Pairs) -> None:
    weights = []
    for workers in (0, 4):
        keras.utils.set_random_seed(1)
        model = keras.Sequential([keras.layers.Conv2D(3, 3, padding="same")])
        model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=255))
        with make(data, workers) as sequence:
            model.fit(sequence, epochs=2, shuffle=False, verbose=0)
        weights.append(model.get_weights())
    assert all(np.allclose(*both, atol=1e-6) for both in zip(*weights, strict=True))
