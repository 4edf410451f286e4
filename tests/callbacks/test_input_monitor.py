"""`InputMonitor`, in real fits whose input is slow or fast by construction, and on a clock of its own."""

from __future__ import annotations

import csv
import threading
from pathlib import Path
from typing import Any

import albumentations as A  # noqa: N812
import keras
import numpy as np
import pytest
from small_pairs import COLORS, Pairs, write_pairs

import seqaug.callbacks.batch_timings
import seqaug.callbacks.input_monitor
from seqaug import InputMonitor, Palette, SegmentationSequence
from seqaug.callbacks.batch_timings import BatchTimings
from seqaug.callbacks.events import EpochStarted, epoch_started
from seqaug.callbacks.input_advice import InputSettings

PALETTE = Palette(COLORS, ignore=("void",))
BATCHES = 5


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Pairs:
    return write_pairs(tmp_path_factory.mktemp("monitored"), 4 * BATCHES)


def compiled() -> keras.Model:
    model = keras.Sequential([keras.layers.Conv2D(3, 1)])
    model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=255))
    return model


@pytest.mark.parametrize(("workers", "processes"), [(0, False), (1, False), (2, False), (2, True)])
def test_every_log_holds_the_shares(data: Pairs, tmp_path: Path, workers: int, processes: bool) -> None:
    log = tmp_path / "log.csv"
    monitor = InputMonitor()
    arguments: dict[str, Any] = {"palette": PALETTE, "batch_size": 4, "workers": workers}
    with (
        SegmentationSequence(data.images, data.masks, use_multiprocessing=processes, **arguments) as train,
        SegmentationSequence(data.images, data.masks, **arguments) as validation,
    ):
        history = compiled().fit(
            train,
            validation_data=validation,
            epochs=2,
            verbose=0,
            shuffle=False,
            callbacks=[monitor, keras.callbacks.CSVLogger(log)],
        )
    with log.open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 2
    for name in ("input_wait", "input_busy"):
        assert [float(row[name]) for row in rows] == pytest.approx(history.history[name])
        assert all(0 <= share <= 1 for share in history.history[name])
    assert all(share > 0 for share in history.history["input_busy"])
    assert "nput-bound: training waited " in monitor.verdict


def test_slow_input_and_slow_training_are_told_apart(data: Pairs) -> None:
    """A gate delays the loading of samples, or the model's step; the other one waits."""

    class Gated(SegmentationSequence):
        gate: Any = None

        def load(self, index: int) -> Any:
            if self.gate is not None:
                self.gate.wait(0.05)  # nobody opens it: this is how long a sample takes
            return super().load(index)

    class Slow(keras.callbacks.Callback):
        async_safe = False

        def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
            threading.Event().wait(0.1)

    def waited(gate: Any, *callbacks: Any) -> tuple[float, float, str]:
        monitor = InputMonitor()
        with Gated(data.images, data.masks, palette=PALETTE, batch_size=4, workers=2) as train:
            train.gate = gate
            history = compiled().fit(train, epochs=2, verbose=0, shuffle=False, callbacks=[monitor, *callbacks])
        return history.history["input_wait"][1], history.history["input_busy"][1], monitor.verdict

    slow_input = waited(threading.Event())
    slow_model = waited(None, Slow())
    assert slow_input[0] > slow_model[0] + 0.2
    assert slow_input[1] > slow_model[1] + 0.2
    assert slow_input[2].startswith("Input-bound: ")


DEFAULTS = InputSettings(workers=1, has_processes=False, is_cached=False, can_cache=True, rescales=True)


class Clock:
    """A clock that stands still unless it is set."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class WorkerStats:
    workers = 2
    is_remote = False
    busy_seconds = 7.0


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(seqaug.callbacks.input_monitor, "perf_counter", clock)
    monkeypatch.setattr(seqaug.callbacks.batch_timings, "perf_counter", clock)
    return clock


def make_ready(timings: BatchTimings, clock: Clock, times: list[float]) -> None:
    for time in times:
        request = timings.asked()
        clock.now = time
        timings.ready(request)


@pytest.mark.parametrize(
    ("is_remote", "hint"),
    [
        (False, 'workers=2, cache="memory" or rescale=None, with'),
        (True, "a larger max_queue_size, cache= a directory or"),
    ],
)
def test_what_is_counted_as_waiting(
    clock: Clock,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    is_remote: bool,
    hint: str,
) -> None:
    monkeypatch.setattr(seqaug.callbacks.input_monitor, "available_cores", lambda: 4)
    monitor, timings, worker_stats = InputMonitor(), BatchTimings(), WorkerStats()
    worker_stats.is_remote = is_remote
    monitor.on_train_begin()
    monitor.on_epoch_begin(0)
    epoch_started.announce(EpochStarted(timings, worker_stats, DEFAULTS))
    # Another sequence, which is validated on.
    epoch_started.announce(EpochStarted(BatchTimings(), WorkerStats(), DEFAULTS))
    # 3 s of waiting; ready before the step before ended; 1 s of waiting. Steps take 1, 2 and 3 s.
    make_ready(timings, clock, [103.0, 103.5, 107.0])
    worker_stats.busy_seconds += 10.0
    for batch, end in ((2, 110.0), (0, 104.0), (1, 106.0)):  # Keras may tell of steps in any order
        clock.now = end
        monitor.on_train_batch_end(batch)
    logs: dict[str, float] = {}
    clock.now = 200.0  # validation
    monitor.on_epoch_end(0, logs)
    assert logs == {"input_wait": pytest.approx(4 / 10), "input_busy": pytest.approx(5 / 10)}
    monitor.on_train_end()
    assert monitor.verdict == capsys.readouterr().out.strip()
    assert monitor.verdict.startswith(
        "Input-bound: training waited 40% of the time for batches, and would be 1.7 times as fast without. Workers "
        f"were busy 50%. Try {hint}"
    )


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({}, InputSettings(1, False, False, True, True)),
        ({"workers": 0, "rescale": None}, InputSettings(0, False, False, True, False)),
        ({"workers": 3, "use_multiprocessing": True, "cache": "memory"}, InputSettings(3, True, True, True, True)),
    ],
)
def test_the_settings_are_known(data: Pairs, arguments: dict[str, Any], expected: InputSettings) -> None:
    heard: list[EpochStarted] = []

    class Listener:
        def hear(self, event: EpochStarted) -> None:
            heard.append(event)

    listener = Listener()
    epoch_started.listen(listener.hear)
    with SegmentationSequence(data.images, data.masks, palette=PALETTE, **arguments) as sequence:
        sequence.on_epoch_begin()
    assert [event.settings for event in heard] == [expected]


def test_arrays_cannot_be_cached(data: Pairs) -> None:
    sequence = SegmentationSequence(data.pixels, data.ids % 3, num_classes=3, workers=0)
    assert not sequence._input_settings().can_cache


def test_the_verdict_leaves_out_the_first_epoch(clock: Clock) -> None:
    monitor = InputMonitor()
    monitor.on_train_begin()
    for epoch, (ready, end) in enumerate([(5.0, 6.0), (0.0, 10.0)]):
        start, timings = clock.now, BatchTimings()
        monitor.on_epoch_begin(epoch)
        epoch_started.announce(EpochStarted(timings, WorkerStats(), DEFAULTS))
        make_ready(timings, clock, [start + ready])
        clock.now = start + end
        monitor.on_train_batch_end(0)
        monitor.on_epoch_end(epoch, {})
    monitor.on_train_end()
    assert monitor.verdict == "Not input-bound: training waited 0.0% of the time for batches. Workers were busy 0%."


def test_other_data_is_not_measured(capsys: pytest.CaptureFixture[str]) -> None:
    monitor = InputMonitor()
    x, y = np.zeros((8, 4, 4, 3), np.float32), np.zeros((8, 4, 4), np.uint8)
    history = compiled().fit(x, y, epochs=1, verbose=0, callbacks=[monitor])
    assert "input_wait" not in history.history
    assert monitor.verdict == "Input: not measured, because the training data is no sequence of seqaug."


def test_a_costly_transform_keeps_workers_busy(data: Pairs) -> None:
    def busy(transform: Any) -> float:
        with SegmentationSequence(
            data.images, data.masks, palette=PALETTE, transform=transform, image_size=(256, 256), workers=0
        ) as sequence:
            sequence[0]
            return sequence._engine.busy_seconds

    assert busy(A.Compose([A.Resize(512, 512), A.ElasticTransform(p=1)])) > 2 * busy(None)


def test_it_can_be_silent_and_logs(capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> None:
    for verbose in (0, 1):
        caplog.clear()
        monitor = InputMonitor(verbose=verbose)
        with caplog.at_level("INFO", logger="seqaug"):
            monitor.on_train_begin()
            monitor.on_train_end()
        assert caplog.messages == [monitor.verdict]
        assert (monitor.verdict in capsys.readouterr().out) == bool(verbose)
