"""The order of a sequence that the user decides: samplers, and weights that change."""

from __future__ import annotations

import copy
import json
import warnings
from typing import Any

import albumentations as A  # noqa: N812
import keras
import numpy as np
import pytest
from engine_settings import ENGINES

from seqaug import (
    ClassCrop,
    ClassificationSequence,
    LossSampling,
    Mixture,
    ResumeEpoch,
    SegmentationSequence,
    SeqaugWarning,
)
from seqaug.sequence.loss_sampling import losses_of, rank_weights

COUNT = 12
IMAGES = np.random.default_rng(0).integers(0, 256, (COUNT, 16, 16, 3), dtype=np.uint8)
MASKS = np.random.default_rng(1).integers(0, 3, (COUNT, 16, 16), dtype=np.uint8)
WEIGHTS = np.arange(COUNT) % 4 * 1.0
OTHERS = np.arange(COUNT) < 3


class Curriculum:
    """The first samples first."""

    def __call__(self, epoch: int) -> Any:
        known = min(COUNT, COUNT // 4 * (epoch + 1))
        return np.random.default_rng((5, epoch)).integers(0, known, COUNT)


class Indices(SegmentationSequence):
    """Batches that say which samples they hold."""

    def assemble(self, batch: dict[str, Any]) -> Any:
        return batch["image"], batch["index"]


def make(kind: type[SegmentationSequence] = Indices, **arguments: Any) -> Any:
    settings: dict[str, Any] = {
        "num_classes": 3,
        "batch_size": 4,
        "seed": 3,
        "transform": A.Compose([A.RandomCrop(8, 8), A.D4()]),
        "workers": 0,
    }
    return kind(IMAGES, MASKS, **{**settings, **arguments})


def as_bytes(sequence: Any) -> list[Any]:
    return [[part.tobytes() for part in batch] for batch in sequence]


def indices(sequence: Any, epoch: int) -> list[int]:
    sequence.set_epoch(epoch)
    return [int(index) for _, y in sequence for index in y]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_sampler_decides_the_order(engine: str) -> None:
    with make(oversample=Curriculum(), **ENGINES[engine]) as sequence:
        assert [indices(sequence, epoch) for epoch in range(4)] == [Curriculum()(epoch).tolist() for epoch in range(4)]
        expected = make(oversample=Curriculum())
        for epoch in (3, 1):
            sequence.set_epoch(epoch)
            expected.set_epoch(epoch)
            assert as_bytes(sequence) == as_bytes(expected)
        assert "order: oversample=Curriculum" in repr(sequence)


def test_a_sampler_resumed_sharded_and_repeated() -> None:
    sequence = make(oversample=Curriculum())
    sequence.set_epoch(2)
    batches = as_bytes(sequence)
    sequence.set_epoch(2)
    next(iter(sequence))
    state = json.loads(json.dumps(sequence.state_dict()))
    resumed = make(oversample=Curriculum())
    resumed.load_state_dict(state)
    assert as_bytes(resumed) == batches[1:]
    with pytest.raises(ValueError, match="epoch 2 had another order"):
        make(oversample=lambda epoch: np.arange(COUNT)).load_state_dict(state)
    shards = [make(oversample=Curriculum(), batch_size=2, shard=(number, 2)) for number in range(2)]
    steps = zip(*([y.tolist() for _, y in shard] for shard in shards), strict=True)
    assert [index for step in steps for part in step for index in part] == Curriculum()(0).tolist()
    assert indices(make(oversample=Curriculum(), repeats=2), 1) == np.repeat(Curriculum()(1), 2).tolist()


def test_a_sampler_may_draw_for_classes() -> None:
    masks = np.zeros_like(MASKS)
    masks[:, :2, :2] = 2
    sequence = SegmentationSequence(
        IMAGES,
        masks,
        num_classes=3,
        transform=A.Compose([ClassCrop(4, 4, jitter=0)]),
        oversample=lambda epoch: (np.arange(COUNT), np.full(COUNT, 2)),
        batch_size=COUNT,
        workers=0,
    )
    assert all((mask == 2).any() for mask in sequence[0][1])


@pytest.mark.parametrize("engine", ENGINES)
def test_weights_hold_from_the_next_epoch_on(engine: str) -> None:
    with make(**ENGINES[engine]) as sequence:
        first = indices(sequence, 0)
        sequence.set_weights(WEIGHTS)  # epoch 0 was read, so it stays
        assert indices(sequence, 0) == first
        second = indices(sequence, 1)
        assert second == indices(make(oversample=WEIGHTS), 1)
        sequence.on_epoch_end()
        sequence.set_weights(OTHERS)  # nothing of epoch 2 was read
        assert [index for _, y in sequence for index in y] == indices(make(oversample=OTHERS), 2)
        assert indices(sequence, 1) == second
        sequence.on_epoch_end()
        sequence[0]
        sequence.set_weights(None)
        assert indices(sequence, 2) == indices(make(oversample=OTHERS), 2)
        assert indices(sequence, 3) == indices(make(), 3)


@pytest.mark.parametrize("is_read", [False, True])
def test_resumed_with_its_weights(is_read: bool) -> None:
    sequence = make()
    sequence.set_weights(WEIGHTS)
    sequence.set_epoch(4)
    if is_read:
        next(iter(sequence))
        sequence.set_weights(OTHERS)
    state = json.loads(json.dumps(sequence.state_dict()))
    resumed = make(workers=2)
    resumed.set_weights(OTHERS)
    resumed.load_state_dict(state)
    rest = as_bytes(resumed)
    sequence.set_epoch(4)
    assert rest == as_bytes(sequence)[is_read:]
    for epoch in (5, 6):
        assert indices(resumed, epoch) == indices(sequence, epoch)
    with pytest.raises(ValueError, match=r"expected the dict that seq.state_dict"):
        make().load_state_dict({name: value for name, value in state.items() if name != "weights"})
    resumed.close()


def test_a_state_without_weights_ends_them() -> None:
    sequence = make()
    state = sequence.state_dict()
    sequence.set_weights(WEIGHTS)
    sequence.load_state_dict(state)
    assert indices(sequence, 0) == indices(make(), 0)


def test_two_shards_with_the_same_weights() -> None:
    whole = make(batch_size=4)
    whole.set_weights(WEIGHTS)
    shards = [make(batch_size=2, shard=(number, 2)) for number in range(2)]
    for shard in shards:
        shard.set_weights(WEIGHTS)
    for (x, y), *parts in zip(whole, *shards, strict=True):
        assert np.array_equal(y, np.concatenate([part[1] for part in parts]))
        assert np.array_equal(x, np.concatenate([part[0] for part in parts]))


def test_copies_have_weights_of_their_own() -> None:
    sequence = make()
    twin = copy.copy(sequence)
    twin.set_weights(WEIGHTS)
    assert indices(sequence, 0) == indices(make(), 0)
    assert indices(copy.deepcopy(twin), 0) == indices(make(oversample=WEIGHTS), 0)


def test_datasets_follow() -> None:
    sequence = make()
    dataset = sequence.to_tf_dataset()
    first = [index for _, y in dataset for index in y.numpy().tolist()]
    sequence.set_weights(WEIGHTS)
    assert [index for _, y in dataset for index in y.numpy().tolist()] == indices(make(oversample=WEIGHTS), 1)
    assert first == indices(make(), 0)


@pytest.mark.parametrize(
    ("weights", "error", "message"),
    [
        ([1, 2], ValueError, r"set_weights\(\) has shape \(2,\); expected one weight per sample, \(12,\)"),
        (np.full(COUNT, np.nan), ValueError, "set_weights.. has weights that are negative or not finite"),
        (["a"] * COUNT, TypeError, "expected one weight per sample"),
    ],
)
def test_invalid_weights(weights: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        make().set_weights(weights)


@pytest.mark.parametrize("oversample", ["class_uniform", Curriculum()])
def test_what_decides_the_order_itself_takes_no_weights(oversample: Any) -> None:
    sequence = make(oversample=oversample)
    with pytest.raises(ValueError, match="weights of a sequence with oversample=, which decides how often"):
        sequence.set_weights(WEIGHTS)
    with pytest.raises(ValueError, match="weights of a sequence with oversample=, which decides how often"):
        LossSampling(sequence)


class Noting(SegmentationSequence):
    """Notes which samples Keras was given."""

    given: list[tuple[int, list[int]]]

    def assemble(self, batch: dict[str, Any]) -> Any:
        self.given.append((self.epoch, batch["index"].tolist()))
        return super().assemble(batch)


class Changing(keras.callbacks.Callback):
    """Sets other weights after each epoch."""

    def __init__(self, sequence: SegmentationSequence) -> None:
        super().__init__()
        self.sequence = sequence

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.sequence.set_weights(np.roll(WEIGHTS, epoch))


@pytest.mark.parametrize("engine", ENGINES)
def test_a_callback_changes_what_the_next_epoch_trains_on(engine: str) -> None:
    """Though workers have prefetched its first batches by then."""
    model = keras.Sequential([keras.layers.Conv2D(3, 1)])
    model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    with make(Noting, **ENGINES[engine]) as sequence:
        sequence.given = []
        model.fit(sequence, epochs=3, shuffle=False, verbose=0, callbacks=[Changing(sequence), ResumeEpoch()])
        shown = {epoch: [index for at, batch in sequence.given if at == epoch for index in batch] for epoch in (1, 2)}
    for epoch, rolled in ((1, 0), (2, 1)):
        expected = indices(make(oversample=np.roll(WEIGHTS, rolled)), epoch)
        assert sorted(shown[epoch]) == sorted(expected)


# Losses


def test_ranks_bound_the_weights() -> None:
    weights = rank_weights(np.array([0.1, 1000.0, 0.3, 0.2]), 8.0)
    assert weights is not None
    assert np.allclose(weights, [1 / 8, 1, 1 / 2, 1 / 4])
    assert np.allclose(rank_weights(np.array([1.0, 1.0, 2.0]), 4.0), [4**-0.75, 4**-0.75, 1])  # type: ignore[arg-type]
    assert rank_weights(np.array([3.0]), 5.0) == [1]
    assert np.allclose(rank_weights(np.array([1.0, np.nan, 2.0]), 4.0), [0.25, 0.625, 1])  # type: ignore[arg-type]
    assert rank_weights(np.array([1.0, np.inf]), 4.0) is None
    assert rank_weights(np.array([np.nan]), 4.0) is None


def compiled(**arguments: Any) -> Any:
    model = keras.Sequential(
        [
            keras.Input((None, None, 3)),
            keras.layers.Conv2D(3, 3, padding="same", **arguments),
            keras.layers.Dropout(0.5),
        ]
    )
    model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=2))
    return model


@pytest.mark.parametrize("class_weights", [None, "inverse"])
def test_a_loss_is_that_of_a_batch_of_one(class_weights: Any) -> None:
    model = compiled(kernel_regularizer="l2")
    arguments: dict[str, Any] = {"class_weights": class_weights, "ignore_index": 2, "num_classes": 3}
    sequence = make(SegmentationSequence, **arguments)
    sequence.set_epoch(2)
    losses = losses_of(model, sequence)
    alone = make(SegmentationSequence, **arguments, shuffle=False, batch_size=1)
    alone.set_epoch(2)
    penalty = float(sum(map(float, model.losses)))
    expected = [model.evaluate(*batch[:2], sample_weight=(*batch, None)[2], verbose=0) - penalty for batch in alone]
    np.testing.assert_allclose(losses, expected, rtol=1e-4)
    assert sequence.epoch == 2


def test_samples_of_great_losses_come_more_often() -> None:
    labels = np.arange(COUNT) % 2
    sequence = ClassificationSequence(IMAGES, labels, batch_size=4, workers=2, samples_per_epoch=120)
    model = keras.Sequential([keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(2, "softmax")])
    model.compile("sgd", "sparse_categorical_crossentropy")
    sampling = LossSampling(sequence, pressure=20, every=2)
    model.fit(sequence, epochs=1, shuffle=False, verbose=0, callbacks=[sampling])
    assert sampling.losses is None
    model.fit(sequence, initial_epoch=1, epochs=2, shuffle=False, verbose=0, callbacks=[sampling])
    assert sampling.losses is not None
    counts = np.bincount(sequence._loader.indices(2).samples, minlength=COUNT)
    assert counts.min() >= 1
    assert counts[np.argmax(sampling.losses)] == counts.max() > 3 * counts[np.argmin(sampling.losses)]
    state = json.loads(json.dumps(sequence.state_dict()))
    resumed = ClassificationSequence(IMAGES, labels, batch_size=4, workers=0, samples_per_epoch=120)
    resumed.load_state_dict(state)
    assert as_bytes(resumed) == as_bytes(sequence)
    sequence.close()


def test_losses_that_are_no_numbers_change_nothing() -> None:
    model = compiled()
    model.layers[0].kernel.assign(np.full((3, 3, 3, 3), np.nan))
    sequence = make(SegmentationSequence)
    sampling = LossSampling(sequence)
    sampling.set_model(model)
    with pytest.warns(match="LossSampling: 12 losses are not finite after epoch 0; the weights stay as they are"):
        sampling.on_epoch_end(0)
    assert not sequence.state_dict()["weights"]


class Broken(SegmentationSequence):
    """One sample cannot be used."""

    def load(self, index: int) -> Any:
        if index == 5:
            raise ValueError("broken")
        return super().load(index)


def test_skipped_samples_have_the_mean_weight() -> None:
    sequence = make(Broken, on_error="skip")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        losses = losses_of(compiled(), sequence)
    assert np.flatnonzero(np.isnan(losses)).tolist() == [5]


def test_weights_of_a_sequence_that_is_not_trained_on_are_warned_about() -> None:
    part, val = make(SegmentationSequence), make(SegmentationSequence, seed=4)
    model = compiled()
    with pytest.warns(SeqaugWarning, match="that fit.. does not train on: its weights change nothing") as caught:
        model.fit(Mixture({part: 1}), shuffle=False, verbose=0, callbacks=[LossSampling(part)])
    assert len(caught) == 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model.fit(part, validation_data=val, shuffle=False, verbose=0, callbacks=[LossSampling(part)])


def test_what_losses_cannot_be_measured_of() -> None:
    with pytest.raises(TypeError, match=r"LossSampling.list.; expected the SegmentationSequence or"):
        LossSampling([1, 2])
    with pytest.raises(ValueError, match=r"shard=\(0, 2\): hosts measure losses that differ by rounding"):
        LossSampling(make(shard=(0, 2)))
    with pytest.raises(ValueError, match=r"pressure=0.5; expected at least 1"):
        LossSampling(make(), pressure=0.5)
    with pytest.raises(ValueError, match="LossSampling needs targets"):
        losses_of(compiled(), SegmentationSequence(IMAGES, workers=0))
