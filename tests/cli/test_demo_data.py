"""`seqaug demo-data`, and the command line as a whole."""

import re
from pathlib import Path

import pytest

from seqaug import __version__
from seqaug.cli.main import main


def fail(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """Run a command that is wrong, and give what it says."""
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    return printed.err


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"seqaug {__version__}\n"


@pytest.mark.parametrize("words", [["--help"], ["demo-data", "--help"]])
def test_help_is_short_and_names_the_command(capsys: pytest.CaptureFixture[str], words: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 0
    out = capsys.readouterr().out
    assert "demo-data" in out
    assert len(out.splitlines()) < 25


def test_demo_data_writes_and_says_what(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "streets"
    words = ["demo-data", str(folder), "--train", "2", "--val", "1", "--size", "32", "48", "--seed", "5"]
    assert main(words) == 0
    out = capsys.readouterr().out
    assert out.startswith("2 training and 1 validation scenes of 32x48 pixels")
    for path in re.findall(r"^  (.+)$", out, re.MULTILINE):
        assert Path(path).exists(), path
    assert len(list(folder.rglob("*.png"))) == 6


def test_demo_data_leaves_a_directory_that_is_not_empty_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine.txt").touch()
    assert f"{tmp_path} is not empty; expected an empty or new directory" in fail(capsys, "demo-data", str(tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_wrong_use_says_what_and_ends_with_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = str(tmp_path / "new")
    assert "COMMAND" in fail(capsys)
    assert "invalid choice: 'demo'" in fail(capsys, "demo")
    assert "DIR" in fail(capsys, "demo-data")
    assert "train=0; expected at least 1" in fail(capsys, "demo-data", folder, "--train", "0")
    assert "expected 2 arguments" in fail(capsys, "demo-data", folder, "--size", "32")
    assert "size=8x64" in fail(capsys, "demo-data", folder, "--size", "8", "64")
    assert not (tmp_path / "new").exists()
