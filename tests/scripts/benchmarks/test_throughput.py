"""The benchmark runs and reports its measurements; speed itself is not tested."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from script_modules import SCRIPTS, load_script, run_script
from small_pairs import COLORS, Pairs

import seqaug
from seqaug import Palette

BENCHMARKS = SCRIPTS / "benchmarks"
PACKAGE = str(Path(seqaug.__file__).parents[1])
TINY = ("--rounds", "1", "--first-epochs", "1", "--seconds", "0.2", "--batch-size", "2", "--crop", "16")


def run_benchmark(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, BENCHMARKS / "throughput.py", *arguments],
        env={**os.environ, "PYTHONPATH": PACKAGE},
        capture_output=True,
        text=True,
        timeout=200,
    )


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> tuple[str | Path, ...]:
    """Options for a few pairs, smaller than the generated ones."""
    made = load_script("benchmarks/pairs").write_pairs(
        tmp_path_factory.mktemp("data"), Palette.named("camvid"), 12, height=120, width=160
    )
    return "--images", made[0], "--masks", made[1], "--palette", "camvid"


def read_report(folder: Path) -> dict[str, Any]:
    assert (folder / "benchmark.png").read_bytes().startswith(b"\x89PNG")
    return json.loads((folder / "benchmark.json").read_text())


def test_given_pairs(pairs: Pairs, tmp_path: Path) -> None:
    palette = tmp_path / "palette.csv"
    palette.write_text("name,r,g,b\n" + "".join(f"{name},{r},{g},{b}\n" for name, (r, g, b) in COLORS.items()))
    images, masks = Path(pairs.images[0]).parent, Path(pairs.masks[0]).parent
    data = ("--images", images, "--masks", masks, "--palette", palette)
    done = run_benchmark(*data, *TINY, "--only", "inline", "threads", "--output", tmp_path / "out")
    assert done.returncode == 0, done.stderr

    report = read_report(tmp_path / "out")
    assert report["failures"] == {}
    assert report["settings"]["samples"] == 6
    assert not report["settings"]["generated"]
    assert list(report["contenders"]) == ["threads", "inline"]
    for result in report["contenders"].values():
        assert result["samples_per_second"] > 0
        assert result["first_batch_seconds"] > 0
        assert len(result["rounds"]) == 1
        assert result["ratio"] is None
        assert result["label"] in done.stdout


def test_generated_pairs_and_the_simulated_accelerator(tmp_path: Path) -> None:
    done = run_benchmark(*TINY, "--only", "processes", "--output", tmp_path)
    assert done.returncode == 0, done.stderr
    report = read_report(tmp_path)
    assert report["settings"]["generated"]
    assert report["contenders"]["processes"]["ratio"] == 1
    assert 0 <= report["contenders"]["processes"]["idle_share"] <= 1
    assert "A simulated accelerator" in done.stdout


def test_caches_are_measured_when_full_with_their_costs(data: tuple[str | Path, ...], tmp_path: Path) -> None:
    done = run_benchmark(*data, *TINY, "--only", "processes-memory", "processes-directory", "--output", tmp_path)
    assert done.returncode == 0, done.stderr
    report = read_report(tmp_path)
    assert report["failures"] == {}
    assert report["contenders"]["processes-memory"]["ratio_of_cached"] == 1
    assert report["contenders"]["processes-directory"]["ratio_of_cached"] > 0
    assert "decoded once, from the second epoch on" in done.stdout

    memory, directory = report["cache_costs"]["memory"], report["cache_costs"]["directory"]
    assert memory["first_epoch_ratio"] > 0
    assert directory["first_epoch_ratio"] > 0
    assert "a cache in memory: first epoch" in done.stdout
    if memory["shared_megabytes"] is not None:  # one copy of the samples, and a table
        assert 0 <= memory["shared_megabytes"] - memory["decoded_megabytes"] < 1
        assert abs(directory["shared_megabytes"]) < 1


@pytest.mark.parametrize("name", ["tfdata-cache", "torch-memory", "opencv"])
def test_peers_that_decode_once(name: str, data: tuple[str | Path, ...], tmp_path: Path) -> None:
    if name == "torch-memory":
        pytest.importorskip("torch")
    done = run_benchmark(*data, *TINY, "--only", name, "--output", tmp_path)
    assert done.returncode == 0, done.stderr
    report = read_report(tmp_path)
    assert report["contenders"][name]["samples_per_second"] > 0
    assert report["contenders"][name]["is_cached"]
    assert report["cache_costs"] == {}


def test_executors_of_clusters(data: tuple[str | Path, ...], tmp_path: Path) -> None:
    """Ray; the simulation of scale also runs Dask's executor."""
    pytest.importorskip("ray")
    done = run_benchmark(*data, *TINY, "--only", "ray", "--output", tmp_path)
    assert done.returncode == 0, done.stderr
    assert read_report(tmp_path)["contenders"]["ray"]["samples_per_second"] > 0


def test_a_work_with_its_own_pairs(tmp_path: Path) -> None:
    done = run_benchmark(*TINY, "--work", "jpeg", "--only", "inline", "keras-layers", "--output", tmp_path)
    assert done.returncode == 0, done.stderr
    report = read_report(tmp_path)
    assert report["settings"]["work"] == "jpeg"
    assert all(result["samples_per_second"] > 0 for result in report["contenders"].values())


def test_several_rows_of_each_sample(data: tuple[str | Path, ...], tmp_path: Path) -> None:
    only = ("--batch-size", "8", "--only", "inline-repeats", "tfdata-repeats")
    done = run_benchmark(*data, *TINY, *only, "--output", tmp_path)
    assert done.returncode == 0, done.stderr
    assert list(read_report(tmp_path)["contenders"]) == ["inline-repeats", "tfdata-repeats"]


def test_dali(data: tuple[str | Path, ...], tmp_path: Path) -> None:
    pytest.importorskip("nvidia.dali", exc_type=ImportError)
    done = run_benchmark(*data, *TINY, "--only", "dali", "--output", tmp_path)
    assert done.returncode == 0, done.stderr
    assert read_report(tmp_path)["contenders"]["dali"]["samples_per_second"] > 0


def test_other_works_generate_their_pairs(tmp_path: Path) -> None:
    data = ("--images", tmp_path, "--masks", tmp_path, "--palette", "camvid")
    done = run_benchmark(*data, "--work", "large")
    assert done.returncode == 2
    assert "--work large generates its pairs; expected no --images" in done.stderr


def test_data_arguments_go_together(tmp_path: Path) -> None:
    done = run_benchmark("--images", tmp_path)
    assert done.returncode == 2
    assert "--images, --masks and --palette go together" in done.stderr


@pytest.fixture
def benchmark(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ModuleType:
    """The program as a module, with contenders in the temporary folder."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([PACKAGE, str(tmp_path)]))
    import throughput

    return throughput


def job(benchmark: ModuleType, module: str) -> Any:
    data = {"image_folder": "", "mask_folder": "", "images": [], "masks": [], "palette": "", "colors": [], "folder": ""}
    return benchmark.Job(module, {}, **data, batch_size=2, crop=16, workers=1, seconds=0.1)


def test_a_hanging_contender_is_killed_with_its_workers(
    benchmark: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(benchmark, "STARTING_SECONDS", 3)
    (tmp_path / "hanging.py").write_text(
        "import pathlib, subprocess, sys, time\n"
        "def batches(job):\n"
        "    worker = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        f"    pathlib.Path({str(tmp_path / 'worker')!r}).write_text(str(worker.pid))\n"
        "    time.sleep(600)\n"
        "    yield\n"
    )
    with pytest.raises(benchmark.MeasurementError, match="no result within"):
        benchmark.run(job(benchmark, "hanging"))
    assert ends(int((tmp_path / "worker").read_text()))


def test_a_failing_contender_reports_its_error(benchmark: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "failing.py").write_text("def batches(job):\n    raise ValueError('no wheels')\n    yield\n")
    with pytest.raises(benchmark.MeasurementError, match="ValueError: no wheels"):
        benchmark.run(job(benchmark, "failing"))


def test_ratios_are_within_rounds(benchmark: ModuleType) -> None:
    def result(throughput: float) -> dict[str, Any]:
        return {"samples_per_second": throughput, "worker_megabytes": None}

    # The machine is fast, then slow; in the last round the reference failed.
    rounds = [
        {"processes": result(200), "inline": result(100)},
        {"processes": result(20), "inline": result(10)},
        {"inline": result(90)},
    ]
    summary = benchmark.summarize(rounds)
    assert list(summary) == ["processes", "inline"]
    assert summary["inline"]["ratio"] == 0.5
    assert summary["inline"]["samples_per_second"] == 90
    assert summary["inline"]["worker_megabytes"] is None


def test_caches_are_measured_after_a_whole_pass(benchmark: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    import measure

    taken, steady_from = [], []

    def batches(job: Any) -> Any:
        while True:
            taken.append(len(taken))
            yield (np.zeros(1),)

    true_rate = measure.rate

    def rate(*arguments: Any, **options: Any) -> Any:
        steady_from.append(len(taken))
        return true_rate(*arguments, **options)

    monkeypatch.setattr(measure, "rate", rate)
    cached = dataclasses.replace(job(benchmark, ""), images=["a"] * 50_000, seconds=1e-6, is_cached=True)
    measure.measure(batches, cached)
    assert steady_from[1] * cached.batch_size >= 50_000

    taken.clear()
    steady_from.clear()
    measure.measure(batches, dataclasses.replace(cached, is_cached=False))
    assert steady_from[1] < 100


def test_costs_compare_consecutive_runs(benchmark: ModuleType) -> None:
    def costs(seconds: float, shared: float | None) -> dict[str, Any]:
        return {
            "first_epoch_seconds": seconds,
            "first_epoch_cpu_seconds": None,
            "private_megabytes": 50.0,
            "shared_megabytes": shared,
        }

    # The machine was slow when the second pair ran.
    results = {"none": [costs(1, 10.0), costs(10, 10.0)], "memory": [costs(1.1, 110.0), costs(11, 110.0)]}
    summary = benchmark.summarize_costs([{"decoded_megabytes": 99.5, "results": results}])
    assert summary["memory"]["first_epoch_ratio"] == pytest.approx(1.1)
    assert summary["memory"]["first_epoch_cpu_ratio"] is None
    assert summary["memory"]["repeats"] == 2
    assert (
        "cache in memory: first epoch +10.0%; 100 MB of shared memory for 100 MB of decoded samples, and +0.0 MB"
        in benchmark.describe_costs(summary)
    )


def test_time_by_crop(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    run_script(monkeypatch, "benchmarks/crop", "--height", "64", "--width", "128", "--crops", "16", "64")
    printed = capsys.readouterr().out
    assert [line.split("|")[1].strip() for line in printed.splitlines()] == ["crop", "-----:", "16", "64"]


def test_speed_by_prepare(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ("--height", "64", "--width", "128", "--samples", "4", "--rounds", "1", "--workers", "0")
    run_script(monkeypatch, "benchmarks/prepared", *arguments)
    names = [line.split("|")[1].strip() for line in capsys.readouterr().out.splitlines()]
    assert names == ["case", "------", "Resize in the transform", "prepare=Resize"]


def test_speed_by_repeats(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ("--samples", "4", "--rounds", "1", "--workers", "0", "--repeats", "1", "4")
    run_script(monkeypatch, "benchmarks/repeats", *arguments)
    assert [line.split("|")[1].strip() for line in capsys.readouterr().out.splitlines()] == [
        "repeats",
        "--------:",
        "1",
        "4",
    ]


def ends(pid: int) -> bool:
    """Whether a process exits within seconds; a zombie counts as exited."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            if Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z":
                return True
        except FileNotFoundError:
            return True
        time.sleep(0.05)
    return False
