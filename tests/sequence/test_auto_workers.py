"""`workers="auto"` changes no byte, and chooses when the first batch is requested."""

import copy
import logging
import pickle
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import albumentations as A  # noqa: N812
import keras
import pytest
from logged import Logged
from small_pairs import COLORS, Pairs, write_pairs

import seqaug.engines.auto
from seqaug import ClassificationSequence, InputMonitor, Palette, SegmentationSequence
from seqaug.engines.choice import Choice

PALETTE = Palette(COLORS, ignore=("void",))
TRANSFORM = A.Compose([A.RandomCrop(16, 16), A.D4(), A.RandomBrightnessContrast()])
CHOICES = [Choice(0, use_processes=False, reason=""), Choice(2, use_processes=False, reason="")]
CHOICES.append(Choice(2, use_processes=True, reason=""))


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Pairs:
    return write_pairs(tmp_path_factory.mktemp("auto"), 22)


@pytest.fixture(params=CHOICES, ids=lambda choice: choice.label)
def choice(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Choice:
    choose: Callable[..., Choice] = lambda trial, **limits: request.param  # noqa: E731
    monkeypatch.setattr(seqaug.engines.auto, "choose", choose)
    return request.param


def make(data: Pairs, **arguments: Any) -> SegmentationSequence:
    settings = {"palette": PALETTE, "transform": TRANSFORM, "batch_size": 4, "workers": "auto", **arguments}
    return SegmentationSequence(data.images, data.masks, **settings)


def shown(sequence: Any, epoch: int = 0) -> list[tuple[bytes, ...]]:
    sequence.set_epoch(epoch)
    return [tuple(array.tobytes() for array in batch) for batch in sequence]


def test_the_same_bytes(data: Pairs, choice: Choice) -> None:
    with make(data) as sequence, make(data, workers=0) as inline:
        assert "workers: auto, chosen at the first batch, cache: none" in repr(sequence)
        for epoch in (1, 0):
            assert shown(sequence, epoch) == shown(inline, epoch)
        assert f"workers: auto, {choice.label}, cache: none" in repr(sequence)
        assert sequence.workers == choice.workers
        sequence.close()
        assert shown(sequence) == shown(inline)


def test_nothing_is_tried_at_construction(tmp_path: Path) -> None:
    arguments = {"num_samples": 8, "num_classes": 3, "transform": TRANSFORM, "workers": "auto"}
    with Logged(tmp_path / "log", **arguments) as sequence:
        repr(sequence)
        len(sequence)
        assert sequence.loads() == Counter()
        sequence[0]
        assert sequence.loads().total() > 8


def test_a_real_choice_is_logged_once(data: Pairs, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="seqaug"), make(data) as sequence, make(data, workers=0) as inline:
        assert shown(sequence) == shown(inline)
    [message] = caplog.messages
    assert message.startswith('workers="auto": ')
    assert ", as a sample takes " in message


def test_fit(data: Pairs, choice: Choice) -> None:
    model = keras.Sequential([keras.layers.Conv2D(3, 1)])
    model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=255))
    monitor = InputMonitor()
    with make(data) as sequence:
        history = model.fit(sequence, epochs=2, verbose=0, shuffle=False, callbacks=[monitor])
        assert sequence.epoch == 2
    assert len(history.history["input_wait"]) == 2


@pytest.mark.parametrize("cache", [None, "memory", "directory", "arrays"])
def test_processes_are_candidates_with_any_data(
    data: Pairs, cache: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits: dict[str, Any] = {}

    def choose(trial: Any, **given: Any) -> Choice:
        limits.update(given)
        return CHOICES[1]

    monkeypatch.setattr(seqaug.engines.auto, "choose", choose)
    monkeypatch.setattr(seqaug.engines.auto, "most_workers", lambda: 4)
    arguments: dict[str, Any] = {"cache": tmp_path / "cache" if cache == "directory" else cache, "workers": "auto"}
    if cache == "arrays":
        sequence = SegmentationSequence(data.pixels, data.ids, ignore_index=255, num_classes=3, workers="auto")
    else:
        sequence = make(data, **arguments)
    with sequence:
        sequence[0]
    assert (limits["processes"] > 0, limits["why_no_processes"]) == (True, "")


def test_counts_before_the_choice(data: Pairs, choice: Choice) -> None:
    with make(data, oversample="rare_class") as sequence, make(data, oversample="rare_class", workers=0) as inline:
        assert shown(sequence) == shown(inline)


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda sequence: pickle.loads(pickle.dumps(sequence))])
def test_copies_choose_for_themselves(data: Pairs, choice: Choice, copied: Callable[..., Any]) -> None:
    with make(data) as sequence:
        expected = shown(sequence)
        with copied(sequence) as twin:
            assert "chosen at the first batch" in repr(twin)
            assert shown(twin) == expected


def test_one_sample_that_cannot_be_read(data: Pairs) -> None:
    broken = [*data.images[:3], "missing.png", *data.images[4:]]
    with SegmentationSequence(broken, data.masks, palette=PALETTE, shuffle=False, workers="auto") as sequence:
        with pytest.raises(Exception, match=r"missing\.png"):
            sequence[0]
        assert sequence[1][0].shape[0] == 8


def test_processes_on_request(data: Pairs) -> None:
    with make(data, use_multiprocessing=True) as sequence, make(data, workers=0) as inline:
        assert "workers: auto, " in repr(sequence)
        assert "process" in repr(sequence)
        assert shown(sequence) == shown(inline)
        assert sequence.workers == len(sequence.engine.pids)


def test_classification(data: Pairs, choice: Choice) -> None:
    arguments = {"transform": TRANSFORM, "batch_size": 4}
    with ClassificationSequence(data.images, list(range(22)), workers="auto", **arguments) as sequence:
        assert shown(sequence) == shown(ClassificationSequence(data.images, list(range(22)), workers=0, **arguments))


def test_other_words(data: Pairs) -> None:
    with pytest.raises(ValueError, match=r"workers='many'; expected an integer of at least 0, or \"auto\""):
        make(data, workers="many")


@pytest.mark.parametrize(("workers", "threads"), [(0, 0), (1, 2), (2, 2), (3, 3)])
def test_keras_asks_ahead(data: Pairs, workers: int, threads: int) -> None:
    from keras.src.trainers.data_adapters.py_dataset_adapter import PyDatasetAdapter

    with make(data, workers=workers) as sequence:
        assert threads_of(PyDatasetAdapter(sequence)) == threads
        assert sequence.workers == workers


def test_keras_asks_ahead_whatever_is_chosen(data: Pairs, choice: Choice) -> None:
    from keras.src.trainers.data_adapters.py_dataset_adapter import PyDatasetAdapter

    with make(data) as sequence:
        assert threads_of(PyDatasetAdapter(sequence)) == 2


def threads_of(adapter: Any) -> int:
    """Count the threads from which Keras asks for batches."""
    if adapter.enqueuer is None:
        return 0
    pool = adapter.enqueuer.executor_fn(None)
    pool.terminate()
    pool.join()
    return len(pool._pool)
