"""Output of the benchmark of one-time costs."""

import re
import runpy
import sys
from pathlib import Path

import pytest
from script_modules import SCRIPTS

BENCHMARKS = SCRIPTS / "benchmarks"


def test_every_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    pairs = __import__("pairs")
    palette = __import__("seqaug").Palette.named("camvid")
    images, masks = pairs.write_pairs(tmp_path / "data", palette, 3)
    few = ["--rounds", "1", "--pairs", "2000", "--files", "300", "--images", str(images), "--masks", str(masks)]
    monkeypatch.setattr(sys, "argv", ["scale", *few])
    runpy.run_path(str(BENCHMARKS / "scale.py"), run_name="__main__")
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 8
    for line, name in zip(lines, ("scan of 3 masks", "check of the pairs"), strict=False):
        assert re.fullmatch(rf"{name}: [\d.]+ s inline; 2 processes are [\d.]+ times as fast, and [\d.]+ .*", line)
    assert re.match(r"from_directory of 300 pairs: [\d.]+ s of CPU, ", lines[2])
    assert re.match(r"a sequence of 2,000 pairs: [\d.]+ s, \d+ MB in addition to its 4,000 paths", lines[3])
    assert [line.split(",")[1].split(":")[0].strip() for line in lines[4:]] == [
        "plain",
        "class_uniform",
        "repeat_factor",
        "rare_class",
    ]
