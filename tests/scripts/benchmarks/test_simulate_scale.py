"""Output of the simulation of scale."""

import re

import pytest
from script_modules import run_script


def test_every_line_of_the_table(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    few = ["--pairs", "2000", "--workers", "4", "--seconds", "0.1", "--sample-ms", "0.1"]
    run_script(monkeypatch, "benchmarks/simulate_scale", *few)
    head, _, *lines = capsys.readouterr().out.splitlines()
    assert head == "| 2,000 pairs, 4 workers | | how |"
    values = dict(re.fullmatch(r"\| (.+?) \| (.+?) \| .+ \|", line).groups() for line in lines)  # type: ignore[union-attr]
    assert len(values) == len(lines) >= 22
    assert re.fullmatch(r"[\d.]+ s, [\d.]+ MB", values["order of an epoch, `rare_class`"])
    assert re.fullmatch(r"[\d,]+ batches/s", values["taken from 4 simulated workers"])
    assert values["through 10 Gb/s, float32"] == "92 batches/s"  # 1.25 GB/s through batches of 13.6 MB
