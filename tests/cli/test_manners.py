"""How commands end: errors of one line, Ctrl-C, and pipes that are closed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path

import pytest
from small_pairs import Pairs

from seqaug.cli.main import main

COMMAND = [sys.executable, "-c", "import sys; from seqaug.cli.main import main; sys.exit(main())"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["check", "none", "m"], "'none' is not a directory"),
        (["check", "m", "m", "--val-images", "m"], "expected both --val-images and --val-masks"),
        (["stats", "none", "--num-classes", "2"], "'none' is not a directory"),
        (["stats", "text.csv", "--num-classes", "2", "--workers", "0"], "all 1 masks are unusable"),
        (["stats", "m", "--palette", "camvid", "--plot", "a.xyz"], "--plot='a.xyz' ends in '.xyz'"),
        (["preview", "none", "m"], "'none' is not a directory"),
        (["preview", "i", "m", "--palette", "text.csv"], "text.csv"),
        (["bench", "i", "none"], "'none' is not a directory"),
        (["palette", "infer", "none"], "'none' is not a directory"),
        (["palette", "infer", "m", "-o", "a.png"], "--output='a.png' ends in '.png'"),
        (["palette", "infer", "m", "--max-colors", "0"], "--max-colors=0; expected at least 1"),
        (["palette", "convert", "m", "x", "--palette", "camvid", "--ignore-index", "3"], "is the id of the class"),
        (["preview", "i", "m", "--seed", "-1"], "--seed=-1; expected at least 0"),
        (["preview", "i", "m", "--epoch", "-1"], "--epoch=-1; expected at least 0"),
        (["palette", "show", "none"], "'none' is not a built-in palette"),
        (["palette", "show", "voc", "-o", "none/a.png"], "there is no folder 'none'"),
        (["palette", "convert", "m", "text.csv", "--palette", "voc"], "'text.csv' is a file"),
        (["cache", "info", "none"], "'none' is not a cache of seqaug"),
        (["cache", "clear", "m"], "'m' is not a cache of seqaug"),
        (["demo-data", "text.csv"], "'text.csv' is a file"),
        (["demo-data", "text.csv/below"], "text.csv' is a file"),
        (["demo-data", "m"], "m is not empty"),
    ],
)
def test_what_is_wrong_with_data_is_one_line(
    pairs: Pairs,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    message: str,
) -> None:
    folder = Path(pairs.images[0]).parents[1]
    (folder / "images").rename(folder / "i")
    (folder / "masks").rename(folder / "m")
    (folder / "text.csv").write_text("a poem\n")
    before = sorted(folder.rglob("*"))
    monkeypatch.chdir(folder)
    with pytest.raises(SystemExit) as stopped:
        main(words)
    assert stopped.value.code == 2
    printed = capsys.readouterr()
    (line,) = printed.err.splitlines()
    names = " ".join(words[: 2 if words[0] in ("palette", "cache") else 1])
    assert line.startswith(f"seqaug {names}: error: ")
    assert message in line
    assert printed.out == ""
    assert sorted(folder.rglob("*")) == before


def test_too_little_memory_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["demo-data", str(tmp_path), "--size", "100000000", "100000000"])
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("seqaug demo-data: error: not enough memory: Unable to allocate")


def test_wrong_use_shows_the_usage(capsys: pytest.CaptureFixture[str]) -> None:
    for words in (
        ["check"],
        ["nonsense"],
        ["preview", "i", "m", "-n", "x"],
        ["preview", "i", "m", "-n", "3", "--index", "1"],
    ):
        with pytest.raises(SystemExit) as stopped:
            main(words)
        assert stopped.value.code == 2
        assert capsys.readouterr().err.startswith("usage: seqaug")


@pytest.mark.parametrize("workers", ["0", "1"])
@pytest.mark.timeout(120)
def test_ctrl_c_is_one_line(tmp_path: Path, workers: str) -> None:
    pipe = tmp_path / "mask.png"
    os.mkfifo(pipe)
    words = ["stats", str(pipe), "--num-classes", "2", "--workers", workers]
    process = subprocess.Popen([*COMMAND, *words], stderr=subprocess.PIPE, text=True, start_new_session=True)
    # Opened when the other side reads: the command is in the midst of its work.
    with pipe.open("wb"):
        os.killpg(process.pid, signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    assert errors == "seqaug stats: interrupted\n"
    assert process.returncode == 130


@pytest.mark.parametrize("words", [["palette", "show", "ade20k"], ["palette", "show", "ade20k", "--json"]])
@pytest.mark.timeout(120)
def test_a_closed_pipe_is_silent(words: list[str]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    process = subprocess.Popen([*COMMAND, *words], stdout=writing, stderr=subprocess.PIPE, text=True)
    os.close(writing)
    _, errors = process.communicate(timeout=60)
    assert errors == ""
    assert process.returncode == 141


def test_a_path_is_said_once(pairs: Pairs, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    Path(pairs.masks[1]).write_bytes(b"not an image")
    masks = str(Path(pairs.masks[0]).parent)
    for words in (
        ["stats", masks, "--palette", "binary"],
        ["palette", "convert", masks, str(tmp_path / "ids"), "--palette", "binary"],
    ):
        with pytest.raises(SystemExit) if words[0] == "stats" else nullcontext():
            main([*words, "--workers", "0"])
        assert all(line.count(masks) == 1 for line in capsys.readouterr().err.splitlines())
