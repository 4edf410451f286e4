"""The benchmark runs and says what it measured; how fast anything is, is not for a test to say."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from small_pairs import COLORS, Pairs

import seqaug

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"
PACKAGE = str(Path(seqaug.__file__).parents[1])
TINY = ("--rounds", "1", "--seconds", "0.2", "--batch-size", "2", "--crop", "16")


def run_benchmark(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, SCRIPTS / "benchmark.py", *arguments],
        env={**os.environ, "PYTHONPATH": PACKAGE},
        capture_output=True,
        text=True,
        timeout=200,
    )


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


def test_data_arguments_go_together(tmp_path: Path) -> None:
    done = run_benchmark("--images", tmp_path)
    assert done.returncode == 2
    assert "--images, --masks and --palette go together" in done.stderr


@pytest.fixture
def benchmark(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ModuleType:
    """The program as a module, which finds contenders in the temporary folder."""
    monkeypatch.syspath_prepend(str(SCRIPTS))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([PACKAGE, str(tmp_path)]))
    import benchmark

    return benchmark


def job(benchmark: ModuleType, module: str) -> Any:
    return benchmark.Job(module, {}, "", "", [], [], "", [], batch_size=2, crop=16, workers=1, seconds=0.1)


def test_a_contender_that_hangs_is_ended_with_its_workers(
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


def test_a_contender_that_fails_says_why(benchmark: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "failing.py").write_text("def batches(job):\n    raise ValueError('no wheels')\n    yield\n")
    with pytest.raises(benchmark.MeasurementError, match="ValueError: no wheels"):
        benchmark.run(job(benchmark, "failing"))


def test_ratios_are_of_the_same_round(benchmark: ModuleType) -> None:
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


def ends(pid: int) -> bool:
    """Whether a process is gone, or waits for nothing but to be counted, within seconds."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            if Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z":
                return True
        except FileNotFoundError:
            return True
        time.sleep(0.05)
    return False
