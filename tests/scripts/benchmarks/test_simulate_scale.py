"""The simulation of scale says what it measured."""

import re
import subprocess
import sys

from script_modules import SCRIPTS


def test_every_line_of_the_table() -> None:
    few = ["--pairs", "2000", "--workers", "4", "--seconds", "0.1", "--sample-ms", "0.1"]
    done = subprocess.run(
        [sys.executable, SCRIPTS / "benchmarks" / "simulate_scale.py", *few],
        capture_output=True,
        text=True,
        timeout=250,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    head, _, *lines = done.stdout.splitlines()
    assert head == "| 2,000 pairs, 4 workers | | how |"
    values = dict(re.fullmatch(r"\| (.+?) \| (.+?) \| .+ \|", line).groups() for line in lines)  # type: ignore[union-attr]
    assert len(values) == len(lines) >= 22
    assert re.fullmatch(r"[\d.]+ s, [\d.]+ MB", values["order of an epoch, `rare_class`"])
    assert re.fullmatch(r"[\d,]+ batches/s", values["taken from 4 simulated workers"])
    assert values["through 10 Gb/s, float32"] == "92 batches/s"  # 1.25 GB/s through batches of 13.6 MB
