"""The same sequence under Keras on each of its frameworks, in a process each: see `training.py` beside this file."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ENGINES = ["inline", "threads", "processes"]
TRAINED = [[f"{epoch}.{number}" for number in range(6)] for epoch in range(4)]
TESTED = [f"validation 0.{number}" for number in range(6)]


def run(script: str, *arguments: str, backend: str) -> Any:
    """Run a script of this folder under a backend, and give what it reports."""
    done = subprocess.run(
        [sys.executable, "-W", "error:::seqaug", Path(__file__).with_name(script), *arguments],
        env={**os.environ, "KERAS_BACKEND": backend, "PYTHONPATH": os.pathsep.join(map(str, sys.path))},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture(scope="module", params=["tensorflow", "jax", "torch"])
def report(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    if importlib.util.find_spec(request.param) is None:
        pytest.skip(f"{request.param} is not installed")
    made: dict[str, Any] = run("training.py", str(tmp_path_factory.mktemp("data")), backend=request.param)
    assert made["backend"] == request.param
    return made


@pytest.mark.parametrize("engine", ENGINES)
def test_fit_trains_on_the_epochs_from_the_first_on_in_order(report: dict[str, Any], engine: str) -> None:
    assert report["fits"][engine] == {
        "trained": [*TRAINED[0], *TRAINED[1], *TRAINED[2]],
        "tested": TESTED * 3,
        "epoch": 3,
    }


@pytest.mark.parametrize("workers", ["0", "4"])
def test_epochs_of_one_batch(report: dict[str, Any], workers: str) -> None:
    assert report["epochs of one batch"][workers] == {"trained": ["whole 0.0", "whole 1.0", "whole 2.0"], "epoch": 3}


@pytest.mark.parametrize("how", ["error", "stop"])
@pytest.mark.parametrize("workers", [0, 4])
def test_an_epoch_that_was_broken_off_comes_again(report: dict[str, Any], how: str, workers: int) -> None:
    assert report["broken off"][f"{how} {workers}"] == {
        "first": TRAINED[0] + TRAINED[1][:3],
        "second": TRAINED[1] + TRAINED[2],
        "epochs": [1, 3],
    }


@pytest.mark.parametrize("workers", ["0", "4"])
def test_some_steps_of_validation_are_the_same_ones_each_time(report: dict[str, Any], workers: str) -> None:
    assert report["some steps of validation"][workers] == TESTED[:2] * 2


@pytest.mark.parametrize("engine", ENGINES)
def test_evaluate_and_predict(report: dict[str, Any], engine: str) -> None:
    assert report["evaluate and predict"][engine] == {
        "tested": TESTED * 2,
        "epochs": [1, 2, 3, 4],
        "shape": [22, 16, 16, 3],
        "same as alone": True,
    }


@pytest.mark.parametrize("workers", ["0", "4"])
def test_resume_epoch_sets_what_is_trained_on_and_nothing_else(report: dict[str, Any], workers: str) -> None:
    assert report["resumed"][workers] == {"trained": TRAINED[2] + TRAINED[3], "epochs": [4, 2]}


@pytest.mark.parametrize("workers", ["0", "4"])
def test_datasets_are_the_same_epochs(report: dict[str, Any], workers: str) -> None:
    assert report["datasets"][workers] == {
        "trained": [*TRAINED[0], *TRAINED[1], *TRAINED[1]],
        "tested": TESTED * 3,
        "epochs": [2, 2, 3],
    }


def test_every_encoding_of_masks_weights_and_images_is_accepted(report: dict[str, Any]) -> None:
    made = report["encodings"]
    assert [one["dtypes"] for one in made] == [
        ["float32", "uint8"],
        ["uint8", "uint8", "float32"],
        ["uint8", "float32"],
        ["float32", "float32", "float32"],
        ["float32", "float32"],
        ["uint8", "float32", "float32"],
    ]
    for one in made:
        assert one["finite"]
        assert one["predicted"] == one["expected"]


def test_losses_and_metrics_skip_ignored_pixels(report: dict[str, Any]) -> None:
    wanted = {"loss falls": True, "as in NumPy": True, "the same when loaded": True}
    names = ("sparse float32", "one_hot float32", "sparse mixed_float16")
    assert report["ignored pixels"] == dict.fromkeys(names, wanted)


def test_mixed_precision_takes_images_of_16_bits_without_a_cast(report: dict[str, Any]) -> None:
    assert report["mixed precision"] == {dtype: [[dtype], True] for dtype in ("float16", "bfloat16")}


def test_labels_are_accepted(report: dict[str, Any]) -> None:
    assert report["labels"] == [True, True]


def test_memory_of_batches_is_not_used_again_while_a_step_reads_it(report: dict[str, Any]) -> None:
    assert report["weights"]


@pytest.mark.parametrize("engine", ENGINES)
def test_nothing_is_copied_but_by_keras(report: dict[str, Any], engine: str) -> None:
    """Keras copies for torch: its `convert_to_tensor` begins with `np.array`. The others take the memory as it is."""
    assert report["copies"][engine] == {"given": True, "got": report["backend"] != "torch"}


def test_replicas_share_the_batches_of_the_epochs_from_the_first_on() -> None:
    """`tf.distribute`, whose `fit` begins an epoch to build the model: see `mirrored.py` beside this file."""
    report, expected = run("mirrored.py", backend="tensorflow")
    assert set(report) == {"sequence 0", "sequence 4", "dataset 0", "dataset 4"}
    for trained, epoch in report.values():
        assert trained == expected
        assert epoch == 2
