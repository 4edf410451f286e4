"""Output of the benchmark of remote files."""

import re
from pathlib import Path

import pytest
from script_modules import run_script
from small_pairs import COLORS, Pairs


def test_every_line(
    pairs: Pairs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    palette = tmp_path / "palette.csv"
    palette.write_text("name,r,g,b\n" + "".join(f"{name},{r},{g},{b}\n" for name, (r, g, b) in COLORS.items()))
    images, masks = Path(pairs.images[0]).parent, Path(pairs.masks[0]).parent
    data = ["--images", images, "--masks", masks, "--palette", palette, "--delay-ms", "1"]
    run_script(monkeypatch, "benchmarks/remote", *data, "--threads", "1", "2", "--rounds", "1")
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(";")[0] for line in lines] == ["server, threads: 1", "server, threads: 2", "disk, threads: 1"]
    for line in lines:
        assert re.search(r"; [\d.]+ ms per pair, [\d.]+ times as fast as the first$", line)
