"""Training on tiles of a large raster, and its prediction."""

import re
from pathlib import Path

import cv2
import pytest
from script_modules import run_script

pytest.importorskip("rasterio")


# Keras 3.15 saves weights in a way that NumPy 2 deprecates.
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
@pytest.mark.filterwarnings("ignore:oversample='rare_class'")
def test_it_trains_predicts_and_draws(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run_script(monkeypatch, "large_raster", "--size", "700", "--steps", "2", "--output", tmp_path)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in lines[:2]] == ["train", "test"]
    number, iou = r"\s+([\d,.]+)", r"land (\S+), water (\S+), boat (\S+)"
    names = "all tiles alike", 'oversample="rare_class"', "RareClass(temperature=1)"
    for name, line in zip(names, lines[3:6], strict=True):
        found = re.fullmatch(rf"{re.escape(name)}{number}{number}{number} s{number} s{number} MB  {iou}", line)
        assert found is not None, line
        assert found[1] == "9"
        assert 0 < float(found[5]) < 1000
        assert all(0 <= float(value) <= 1 for value in found.groups()[5:])
    picture = cv2.imread(str(tmp_path / "large_raster.png"))
    assert picture.std() > 10


def test_wrong_sizes_are_errors(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        run_script(monkeypatch, "large_raster", "--size", "100")
    assert "--size is 100; expected at least 512" in capsys.readouterr().err
