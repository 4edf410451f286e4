"""`ResumeEpoch`: the sequence follows the epochs of `fit`; an interrupted run ends as an uninterrupted one."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import albumentations as A  # noqa: N812
import keras
import numpy as np
import pytest
from recording import Recorder, digest, recorder
from small_pairs import COLORS, Pairs, write_pairs

from seqaug import Palette, ResumeEpoch, SegmentationSequence

PALETTE = Palette(COLORS, ignore=("void",))


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Pairs:
    return write_pairs(tmp_path_factory.mktemp("resumed"), 10)


def make(data: Pairs, workers: int = 0, **arguments: Any) -> SegmentationSequence:
    settings = {"palette": PALETTE, "batch_size": 4, "seed": 3, "transform": A.Compose([A.RandomCrop(16, 16), A.D4()])}
    return SegmentationSequence(data.images, data.masks, workers=workers, **{**settings, **arguments})


def expected(sequence: SegmentationSequence, *epochs: int) -> list[str]:
    digests = []
    for epoch in epochs:
        sequence.set_epoch(epoch)
        digests += [digest(batch) for batch in sequence]
    return digests


def fit(model: Recorder, train: Any, *callbacks: Any, **how: Any) -> Recorder:
    model.fit(train, shuffle=False, verbose=0, callbacks=[*callbacks], **how)
    return model


@pytest.mark.parametrize("workers", [0, 1, 4])
@pytest.mark.parametrize("before", [0, 1, 9])
def test_fit_trains_on_the_epochs_that_it_reports(data: Pairs, workers: int, before: int) -> None:
    with make(data, workers) as train:
        train.set_epoch(before)
        model = fit(recorder(), train, ResumeEpoch(), initial_epoch=2, epochs=4)
        assert train.epoch == 4
    assert model.trained == expected(make(data), 2, 3)


def test_one_callback_serves_several_fits_and_sequences(data: Pairs) -> None:
    callback, model, other = ResumeEpoch(), recorder(), make(data, seed=4)
    train = make(data)
    fit(model, train, callback, epochs=1)
    fit(model, other, callback, epochs=1)
    fit(model, train, callback, initial_epoch=3, epochs=4)
    assert model.trained == expected(make(data), 0) + expected(make(data, seed=4), 0) + expected(make(data), 3)
    assert (train.epoch, other.epoch) == (4, 1)


def test_validation_data_is_left_alone(data: Pairs) -> None:
    train, validation = make(data), make(data)
    validation.set_epoch(7)
    model = fit(recorder(), train, ResumeEpoch(), validation_data=validation, initial_epoch=2, epochs=4)
    assert model.tested == expected(make(data), 7, 8)


def test_an_earlier_evaluation_is_not_taken_for_training_data(data: Pairs) -> None:
    validation, model, callback = make(data), recorder(), ResumeEpoch()
    model.evaluate(validation, verbose=0)
    with pytest.warns(UserWarning, match="the samples in another order"):
        model.predict(validation, verbose=0)
    x, y = validation[0]
    with pytest.warns(UserWarning, match=r"found no sequence to move .*expected fit\(sequence\)") as caught:
        fit(model, x, callback, y=y, initial_epoch=5, epochs=7, validation_data=validation)
    assert len(caught) == 2  # an epoch
    assert validation.epoch == 4


@pytest.mark.parametrize("workers", [0, 4])
def test_a_dataset_follows_too(data: Pairs, workers: int) -> None:
    with make(data, workers) as train, make(data, workers) as validation:
        validation.set_epoch(7)
        dataset = train.to_tf_dataset().map(lambda x, y: (x * 1.0, y)).prefetch(2)
        how = {"validation_data": validation.to_tf_dataset(), "initial_epoch": 2, "epochs": 4}
        model = fit(recorder(), dataset, ResumeEpoch(), **how)
    assert model.trained == expected(make(data), 2, 3)
    assert model.tested == expected(make(data), 7, 8)


def test_sequences_inside_a_sequence_of_the_users(data: Pairs) -> None:
    class Both(keras.utils.Sequence):
        def __init__(self, *parts: SegmentationSequence) -> None:
            super().__init__(workers=3)
            self.parts = parts

        def __len__(self) -> int:
            return len(self.parts[0])

        def __getitem__(self, index: int) -> Any:
            (x, y), (other, _) = (part[index] for part in self.parts)
            return x + other, y

        def on_epoch_end(self) -> None:
            for part in self.parts:
                part.on_epoch_end()

    model = fit(recorder(), Both(make(data), make(data, seed=4)), ResumeEpoch(), initial_epoch=2, epochs=3)
    inline = Both(make(data), make(data, seed=4))
    for part in inline.parts:
        part.set_epoch(2)
    assert model.trained == [digest(inline[number]) for number in range(3)]


def test_an_interrupted_run_ends_with_the_same_weights(data: Pairs, tmp_path: Path) -> None:
    """Each run is a process of its own; see `helpers/resuming.py`."""

    def run(name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        (tmp_path / "pairs.json").write_text(json.dumps([data.images, data.masks]))
        command = [sys.executable, Path(__file__).parents[1] / "helpers" / "resuming.py", tmp_path, name, *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    whole = run("whole")
    assert whole.returncode == 0, whole.stderr
    interrupted = run("interrupted", "--interrupt")
    assert "interrupted in epoch 2" in interrupted.stderr
    resumed = run("interrupted")
    assert resumed.returncode == 0, resumed.stderr
    with np.load(tmp_path / "whole.npz") as one, np.load(tmp_path / "interrupted.npz") as other:
        assert len(one.files) > 2
        for name in one.files:
            np.testing.assert_array_equal(one[name], other[name])
    one, other = (json.loads(done.stdout.splitlines()[-1]) for done in (whole, resumed))
    assert len(one["loss"]) == 4
    assert {name: values[2:] for name, values in one.items()} == other
