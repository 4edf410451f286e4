from pathlib import Path
from types import ModuleType

import pytest
from script_modules import SCRIPTS


@pytest.fixture
def mixing(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(SCRIPTS / "segnet")
    import mixing

    return mixing


def test_each_setting_is_trained_with_each_seed(
    mixing: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    runs = []

    class Done:
        returncode = 0
        stdout = "mean IoU of the rarest classes (Sign, Pedestrian): 0.250\n"

    def run(command: list[str], **_: object) -> Done:
        folder = Path(command[-1])
        (folder / "iou.csv").write_text("class,iou,truth_percent\nSign,,1.0\nmean,0.5000,100.0\n", encoding="utf-8")
        runs.append(command[2:-2])
        return Done()

    monkeypatch.setattr(mixing.subprocess, "run", run)
    for _ in range(2):  # the second time, all results are there
        mixing.main(["--seeds", "3", "4", "--output", str(tmp_path), "--", "--epochs", "2"])
    assert runs == [
        ["--epochs", "2", *words, "--seed", seed]
        for words in ([], ["--copy-paste"], ["--mosaic"], ["--copy-paste", "--mosaic"])
        for seed in ("3", "4")
    ]
    lines = capsys.readouterr().out.splitlines()
    assert lines[2] == "| plain | 0.250 | 0.250, 0.250 | 0.500 | 0.500, 0.500 |"
    assert lines[:6] == lines[6:]


def test_a_training_that_fails_is_shown(mixing: ModuleType, tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"(?s)failed:.*--epochs is 0; expected at least 1"):
        mixing.train(tmp_path / "run", ["--epochs", "0"], 0)
