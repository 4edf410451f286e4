"""Output of the benchmark of windows."""

import re

import pytest
from script_modules import run_script

pytest.importorskip("rasterio")
torch = pytest.importorskip("torch", exc_type=ImportError)


@pytest.mark.timeout(250)
def test_every_line(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    contenders = ["torch_tiled", "seqaug_cache"]
    words = ["--size", "160", "--files", "2", "--tile", "64", "--rounds", "1", "--seconds", "0.1"]
    run_script(monkeypatch, "benchmarks/tiles", *words, "--only", *contenders)
    header, _, *rows = capfd.readouterr().out.splitlines()
    assert re.split(r"\s*\|\s*", header)[1:-1] == ["windows of", "samples/s", "ratio", "CPU per sample"]
    labels = [row.split("|")[1].strip() for row in rows]
    first = "rasterio in torch's DataLoader, TIFF in tiles"
    assert labels == [first, 'seqaug, PNG, cache="memory"']
    for row in rows:
        assert float(row.split("|")[2]) > 0
